// The one file that asks the machine for the time and for randomness.

import Domain

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension World {
    /// The machine's clock and its cryptographic random source.
    public static let real = World(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Moment(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
        },
        roll: { count in
            [UInt8](unsafeUninitializedCapacity: count) { room, filled in
                // One call for many bytes; getentropy gives 256 at most.
                while filled < count {
                    let wanted = min(256, count - filled)
                    let isGiven = room.baseAddress.map { getentropy($0 + filled, wanted) == 0 } ?? false
                    guard isGiven else { break }
                    filled += wanted
                }
                // Where the machine refuses, the language's own source stands in, or ends the process.
                var generator = SystemRandomNumberGenerator()
                while filled < count {
                    room.initializeElement(at: filled, to: generator.next())
                    filled += 1
                }
            }
        })
}
