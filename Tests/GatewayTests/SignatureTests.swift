// The signature of a webhook message against a vector computed elsewhere (Standard Webhooks 1.0), and its body byte by byte.

import Domain
import Testing

@testable import Gateway

@Suite("Webhook signature")
struct SignatureTests {
    // HMAC-SHA-256 over `msg_0123….1795255200.{"a":1}` under the bytes 00 01 … 1f, computed with Python's hmac.
    private static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test("F2: the signature is the one that an independent implementation computes")
    func vector() {
        let signature = WebhookMessage.signature(
            id: "msg_0123456789abcdefghjkmnpqrs", seconds: 1_795_255_200, body: Array("{\"a\":1}".utf8),
            secret: Self.secret)
        #expect(signature == "v1,xpTh6C5annPXxltBXflG1HIP/mORUPbrTAJJcmFI+XA=")
    }

    @Test("F2: id, time, body and secret each change the signature")
    func everythingCounts() {
        func sign(_ id: String, _ seconds: Int64, _ body: String, _ secret: String) -> String? {
            WebhookMessage.signature(id: id, seconds: seconds, body: Array(body.utf8), secret: secret)
        }
        let other = "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let signatures = [
            sign("msg_a", 1, "x", Self.secret), sign("msg_b", 1, "x", Self.secret), sign("msg_a", 2, "x", Self.secret),
            sign("msg_a", 1, "y", Self.secret), sign("msg_a", 1, "x", other),
        ]
        #expect(Set(signatures).count == 5)
        #expect(!signatures.contains(nil))
    }

    @Test(
        "F2: without a secret of the right spelling nothing is signed",
        arguments: ["", "AAEC", "whsec_***", "WHSEC_AAEC"])
    func noSecret(_ secret: String) {
        #expect(WebhookMessage.signature(id: "msg_a", seconds: 1, body: [], secret: secret) == nil)
    }

    @Test("F2: the body is the same at every attempt; only the time in the headers moves")
    func body() throws {
        let id = ParcelID(bytes: [UInt8](repeating: 1, count: 16))
        let record = RecordPseudonym(bytes: [UInt8](repeating: 2, count: 16))
        let person = PersonPseudonym(bytes: [UInt8](repeating: 3, count: 16))
        let message = WebhookMessage(
            parcel: id, type: .heartRate, createdAt: Moment(seconds: 1_795_255_200), record: record, person: person,
            items: Array("[{\"id\":\"itm_x\"}]".utf8))
        #expect(
            text(message.body)
                == "{\"type\":\"data.items\",\"timestamp\":\"2026-11-21T10:00:00Z\",\"data\":{\"parcel\":\"\(id)\","
                + "\"record\":\"\(record)\",\"person\":\"\(person)\",\"data_type\":\"heart_rate\","
                + "\"items\":[{\"id\":\"itm_x\"}]}}")
        let first = try #require(message.headers(secret: Self.secret, at: Moment(seconds: 10)))
        let second = try #require(message.headers(secret: Self.secret, at: Moment(microseconds: 11_999_999)))
        #expect(first.first { $0.0 == "webhook-id" }?.1 == id.text)
        #expect(second.first { $0.0 == "webhook-id" }?.1 == id.text)
        #expect(first.first { $0.0 == "webhook-timestamp" }?.1 == "10")
        #expect(second.first { $0.0 == "webhook-timestamp" }?.1 == "11")
    }
}
