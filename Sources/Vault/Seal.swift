// Encryption at rest. Health values are sealed under their organization's data key, bound to their row; the data key is
// wrapped by the deployment's master key (`MasterKey`), which never enters the database.

import Crypto
public import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What was sealed cannot be opened: another key, another row, or altered bytes. Says no more on purpose.
public struct SealBroken: Error, Sendable, Equatable {
    public init() {}
}

/// One organization's key for health values and webhook secrets.
public struct DataKey: Sendable {
    private let key: SymmetricKey

    init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// The parcel's id, application, record and type are bound: a row moved elsewhere no longer opens.
    public func seal(_ items: [UInt8], parcel: ParcelBinding) throws(SealBroken) -> [UInt8] {
        try Vault.seal(items, under: key, bound: parcel.text)
    }

    public func openUnsealed(_ sealed: [UInt8], parcel: ParcelBinding) throws(SealBroken) -> [UInt8] {
        try Vault.open(sealed, under: key, bound: parcel.text)
    }

    public func seal(_ secret: String, webhookOf application: ApplicationID) throws(SealBroken) -> [UInt8] {
        try Vault.seal(Array(secret.utf8), under: key, bound: "webhook|\(application.text)")
    }

    public func openUnsealed(_ sealed: [UInt8], webhookOf application: ApplicationID) throws(SealBroken) -> String {
        String(decoding: try Vault.open(sealed, under: key, bound: "webhook|\(application.text)"), as: UTF8.self)
    }
}

/// What a sealed parcel is tied to.
public struct ParcelBinding: Sendable {
    let text: String

    public init(id: ParcelID, application: ApplicationID, record: RecordID, type: DataType) {
        text = "parcel|\(id.text)|\(application.text)|\(record.text)|\(type.rawValue)"
    }
}

// Layout: nonce (12 bytes), ciphertext, tag (16 bytes): AES-256-GCM with a random nonce.
func seal(_ plain: [UInt8], under key: SymmetricKey, bound: String) throws(SealBroken) -> [UInt8] {
    do {
        let box = try AES.GCM.seal(plain, using: key, authenticating: Array(bound.utf8))
        guard let combined = box.combined else { throw SealBroken() }
        return Array(combined)
    } catch {
        throw SealBroken()
    }
}

func open(_ sealed: [UInt8], under key: SymmetricKey, bound: String) throws(SealBroken) -> [UInt8] {
    do {
        let box = try AES.GCM.SealedBox(combined: sealed)
        return Array(try AES.GCM.open(box, using: key, authenticating: Array(bound.utf8)))
    } catch {
        throw SealBroken()
    }
}
