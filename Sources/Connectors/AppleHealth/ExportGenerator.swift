// Makes a believable Apple Health export of a person who does not exist, for the demonstration and the tests. The same
// arguments give the same bytes.

public import Domain

/// Writes the `export.xml` of the last `days` days before `until`, in pieces of some 64 KiB. It holds every kind that is
/// harmonised (a fortnight is enough for all of them), a device named after a person, one impossible heart rate (9999)
/// and one weight in a unit nobody knows. No day before 1970.
public func generateExport<Failure: Error>(
    days: Int, seed: UInt64, until: ZonedMoment, write: ([UInt8]) throws(Failure) -> Void
) throws(Failure) {
    let local = until.instant.seconds + Int64(until.offsetMinutes) * 60
    let lastDay = max(1, Int(local / 86_400))
    let firstDay = max(1, lastDay - max(1, days) + 1)
    var writer = ExportWriter(until: until)
    writer.openDocument()
    writer.profile(firstDay: firstDay)
    for (ordinal, section) in GeneratedDay.sections.enumerated() {
        for day in firstDay...lastDay {
            // Each section of each day has its own dice, so a longer export only adds days.
            var dice = SplitMix64(seed: seed ^ UInt64(ordinal + 1) &* 0xA24B_AED4_963E_E407)
            dice = SplitMix64(seed: dice.next() ^ UInt64(bitPattern: Int64(day)))
            section(GeneratedDay(day, seed: seed), &dice, &writer)
            if writer.bytes.count >= 64 << 10 { try write(writer.takeBytes()) }
        }
    }
    writer.deliberateFaults(day: lastDay - 1)
    writer.closeDocument()
    try write(writer.takeBytes())
}

extension ExportWriter {
    /// Typed in once, long ago.
    fileprivate mutating func profile(firstDay: Int) {
        let noon = Int64(firstDay) * 86_400 + 43_200
        record("Height", unit: "cm", 168, scale: 0, by: .hand, from: noon, to: noon)
    }

    /// What a gateway has to notice: a broken sensor and a unit that is in no table.
    fileprivate mutating func deliberateFaults(day: Int) {
        let morning = Int64(day) * 86_400 + 9 * 3600
        record("HeartRate", unit: "count/min", 9999, scale: 0, by: .watch, from: morning, to: morning)
        record("BodyMass", unit: "jin", 132, scale: 0, by: .hand, from: morning + 60, to: morning + 60)
    }
}
