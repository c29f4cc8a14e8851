// A log that began before keys were listed has its one key in the list after the twelfth migration, and nothing is said of witnesses.

import Domain
import TestKit
import Testing
import Vault

@Suite("The twelfth migration") struct MigrationOfWitnessesTests {
    private static let began = Moment(seconds: 1_795_255_632)
    private static let key = "licet.example/log+01234567+AQ=="

    @Test("D2: the key of a log of before is the first, from when it was made on", arguments: EngineUnderTest.available)
    func lists(_ kind: EngineUnderTest) async throws {
        for isBegun in [true, false] {
            try await kind.trying { engine in
                _ = try await migrate(engine, Schema.migrations.filter { $0.number <= 10 }, at: Self.began)
                if isBegun {
                    try await engine.write { tx in
                        try DeploymentKeyTable.insert("log-signing-key", sealed: [1], at: Self.began, in: tx)
                        try LogTable.insert(
                            LogHead(
                                verifierKey: Self.key, size: 0, peaks: [], note: [2], signedAt: Self.began + .days(1)),
                            in: tx)
                    }
                }
                _ = try await migrate(engine, Schema.migrations, at: Self.began)
                let rows = try await engine.read { tx in try LogKeyTable.all(in: tx) }
                let first = LogKeyRow(number: 1, verifierKey: Self.key, signsFrom: Self.began)
                #expect(rows == (isBegun ? [first] : []) && !first.isToBegin)
                let witnessed = try await engine.read { tx in
                    (try WitnessTable.all(in: tx).count, try WitnessTable.witnessed(in: tx) == nil)
                }
                #expect(witnessed == (0, true))
            }
        }
    }

    @Test(
        "D2: what a witness signed of a longer log stays, and so does the newest witnessed checkpoint",
        arguments: EngineUnderTest.available)
    func onlyForward(_ kind: EngineUnderTest) async throws {
        try await kind.trying { engine in
            _ = try await migrate(engine, Schema.migrations, at: Self.began)
            @Sendable func row(_ size: Int, _ byte: UInt8) -> WitnessRow {
                WitnessRow(witnessKey: "w", size: size, root: [byte], signature: [byte], signedAt: Self.began)
            }
            try await engine.write { tx in
                for row in [row(5, 1), row(3, 2)] { try WitnessTable.put(row, in: tx) }
                for size in [5, 3] { try WitnessTable.put(witnessed: [UInt8(size)], size: size, in: tx) }
            }
            let kept = try await engine.read { tx in
                (try WitnessTable.all(in: tx), try WitnessTable.witnessed(in: tx)?.note)
            }
            #expect(kept.0 == [row(5, 1)] && kept.1 == [5])
            try await engine.write { tx in
                try WitnessTable.put(row(5, 3), in: tx)
                try WitnessTable.put(witnessed: [6], size: 5, in: tx)
                try LogKeyTable.insert(LogKeyRow(number: 1, verifierKey: "k", signsFrom: Self.began), in: tx)
            }
            #expect(try await engine.read { tx in try WitnessTable.all(in: tx) } == [row(5, 3)], "signed again, later")
            await #expect(throws: StorageError.self) {
                try await engine.write { tx in
                    try LogKeyTable.insert(LogKeyRow(number: 2, verifierKey: "k", signsFrom: Self.began), in: tx)
                }
            }
            // A handover is written once.
            try await engine.write { tx in
                try LogKeyTable.begin(1, handover: [1], in: tx)
                try LogKeyTable.begin(1, handover: [2], in: tx)
            }
            #expect(try await engine.read { tx in try LogKeyTable.all(in: tx).first?.handover } == [1])
        }
    }
}
