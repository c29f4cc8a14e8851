// Hides SHA-256 behind the two hashes of a Merkle tree (RFC 6962 §2.1): a leaf can never pass for a node. The one file of
// Domain that imports a library, for hashing alone.

import Crypto

/// 32 bytes of SHA-256.
public struct MerkleHash: Hashable, Sendable {
    // Four words as they lie in memory, and no array: millions are made without touching the heap.
    private let first, second, third, fourth: UInt64

    /// Bytes in a hash.
    public static let width = 32
    /// The root of a tree without leaves: the hash of nothing.
    public static let ofNothing = MerkleHash(SHA256())

    /// Nil unless there are 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.width else { return nil }
        self = withUnsafeTemporaryAllocation(byteCount: Self.width, alignment: 1) { raw in
            raw.copyBytes(from: bytes)
            return MerkleHash(loading: UnsafeRawBufferPointer(raw))
        }
    }

    private init(_ hasher: SHA256) {
        self = hasher.finalize().withUnsafeBytes { MerkleHash(loading: $0) }
    }

    /// The first 32 bytes; the caller has counted them.
    private init(loading raw: UnsafeRawBufferPointer) {
        first = raw.loadUnaligned(as: UInt64.self)
        second = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    private func store(in raw: UnsafeMutableRawBufferPointer, at offset: Int) {
        raw.storeBytes(of: first, toByteOffset: offset, as: UInt64.self)
        raw.storeBytes(of: second, toByteOffset: offset + 8, as: UInt64.self)
        raw.storeBytes(of: third, toByteOffset: offset + 16, as: UInt64.self)
        raw.storeBytes(of: fourth, toByteOffset: offset + 24, as: UInt64.self)
    }

    /// SHA-256 of 0x00 and the entry.
    public static func leaf(of entry: some Collection<UInt8>) -> MerkleHash {
        if let hash = entry.withContiguousStorageIfAvailable({ leaf(of: UnsafeRawBufferPointer($0)) }) { return hash }
        return Array(entry).withUnsafeBytes { leaf(of: $0) }
    }

    /// SHA-256 of 0x00 and the entry.
    public static func leaf(of entry: UnsafeRawBufferPointer) -> MerkleHash {
        var hasher = SHA256()
        withUnsafeBytes(of: UInt8(0)) { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: entry)
        return MerkleHash(hasher)
    }

    /// SHA-256 of 0x01 and the two.
    public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * width, alignment: 1) { raw in
            raw[0] = 1
            left.store(in: raw, at: 1)
            right.store(in: raw, at: 1 + width)
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(raw))
            return MerkleHash(hasher)
        }
    }

    /// Plain SHA-256, as the id of a key wants it.
    static func digest(of bytes: [UInt8]) -> MerkleHash {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return MerkleHash(hasher)
    }

    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.width) { buffer, count in
            store(in: UnsafeMutableRawBufferPointer(buffer), at: 0)
            count = Self.width
        }
    }

    /// Hashes one after the other, as a tile holds them. Nil unless the bytes are whole hashes.
    public static func list(_ bytes: [UInt8]) -> [MerkleHash]? {
        guard bytes.count.isMultiple(of: width) else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<bytes.count / width).map {
                MerkleHash(loading: UnsafeRawBufferPointer(rebasing: raw[($0 * width)...]))
            }
        }
    }

    /// What `list` reads.
    public static func bytes(of hashes: [MerkleHash]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: hashes.count * width) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            for (place, hash) in hashes.enumerated() { hash.store(in: raw, at: place * width) }
            count = hashes.count * width
        }
    }
}
