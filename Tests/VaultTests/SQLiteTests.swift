// What is true of SQLite files alone: they outlive the engine, are their owner's, and can be copied while in use.

import Dispatch
import Foundation
import TestKit
import Testing
import Vault

@Suite("SQLite") struct SQLiteTests {
    @Test("what a write answered is in the file when another engine opens it")
    func durable() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(engine)
        try await engine.execute("INSERT INTO cell (id) VALUES (1)")
        // The first engine is still open: nothing waits for its close.
        let other = try SQLiteEngine(path: folder.file("a.db"))
        #expect(try await count(other) == 1)
        await engine.close()
        await other.close()
        let again = try SQLiteEngine(path: folder.file("a.db"))
        #expect(try await count(again) == 1)
        await again.close()
    }

    @Test("a commit is synced, and deleted bytes are overwritten")
    func settings() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        let settings = try await engine.write { tx in
            [
                try tx.queryOne("PRAGMA synchronous") { row in row.int(0) },
                try tx.queryOne("PRAGMA secure_delete") { row in row.int(0) },
                try tx.queryOne("PRAGMA foreign_keys") { row in row.int(0) },
            ]
        }
        #expect(settings == [2, 1, 1])
        let journal = try await engine.write { tx in try tx.queryOne("PRAGMA journal_mode") { row in row.text(0) } }
        #expect(journal == "wal")
        await engine.close()
    }

    @Test("bodies that wait together share a commit")
    func groupCommit() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(engine)
        let before = try commits(inLog: folder.file("a.db-wal"))
        let allCalled = DispatchSemaphore(value: 0)
        let called = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await engine.write { tx in
                    allCalled.wait()
                    try tx.execute("INSERT INTO cell (id) VALUES (1000)")
                }
            }
            for place in 0..<200 {
                group.addTask {
                    if called.next() == 200 { allCalled.signal() }
                    try await engine.execute("INSERT INTO cell (id) VALUES (\(place))")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(engine) == 201)
        // The one that held the others up, theirs, and a few who were between the count and the call.
        #expect(try commits(inLog: folder.file("a.db-wal")) - before <= 8)
        await engine.close()
    }

    @Test("a neighbour that writes without a pause keeps nobody out: who waits comes next")
    func turns() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let mine = try SQLiteEngine(path: folder.file("a.db"))
        let neighbour = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(mine)
        let isOver = Tally()
        let theirs = Tally()
        let writes = 40
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 1...8 {
                group.addTask {
                    while isOver.count == 0 {
                        let id = task * 1_000_000 + theirs.next()
                        try await neighbour.execute("INSERT INTO cell (id) VALUES (\(id))")
                    }
                }
            }
            do {
                defer { _ = isOver.next() }
                for id in 1...writes { try await mine.execute("INSERT INTO cell (id) VALUES (\(id))") }
            }
            try await group.waitForAll()
        }
        // A group of theirs is eight rows, and while SQLite looks whether its lock is free again a few of them pass.
        #expect(theirs.count < writes * 8 * 6)
        await mine.close()
        await neighbour.close()
    }

    /// Frames of the write-ahead log that end a transaction: the second word of their header is not 0.
    private func commits(inLog path: String) throws -> Int {
        let log = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let page = log[8..<12].reduce(0) { $0 << 8 | Int($1) }
        return stride(from: 32, to: log.count, by: 24 + page).count { frame in
            log[(frame + 4)..<(frame + 8)].contains { $0 != 0 }
        }
    }

    @Test("the file, its log and its backups are readable by their owner alone")
    func permissions() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(engine)
        try await engine.backup(to: folder.file("b.db"))
        for name in ["a.db", "a.db-wal", "b.db"] {
            let mode =
                try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600, "\(name)")
        }
        await engine.close()
    }

    @Test("a backup holds every row of one instant while others write, and never replaces a file")
    func backup() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(engine)
        try await engine.write { tx in
            for place in 0..<2_000 { try tx.execute("INSERT INTO cell (id, t) VALUES (\(place), \("text"))") }
        }
        async let more: Void = engine.write { tx in
            for place in 2_000..<4_000 { try tx.execute("INSERT INTO cell (id, t) VALUES (\(place), \("text"))") }
        }
        try await engine.backup(to: folder.file("b.db"))
        try await more
        let copy = try SQLiteEngine(path: folder.file("b.db"))
        #expect([2_000, 4_000].contains(try await count(copy)))
        await copy.close()
        await #expect(throws: StorageError.self) { try await engine.backup(to: folder.file("b.db")) }
        #expect(try await count(engine) == 4_000)
        await engine.close()
    }

    @Test("a store in memory can be backed up too")
    func backupOfMemory() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: nil)
        try await makeTable(engine)
        try await engine.backup(to: folder.file("b.db"))
        let copy = try SQLiteEngine(path: folder.file("b.db"))
        #expect(try await count(copy) == 0)
        await copy.close()
        await engine.close()
    }

    @Test("two engines on one file take turns and lose nothing")
    func twoWriters() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engines = [try SQLiteEngine(path: folder.file("a.db")), try SQLiteEngine(path: folder.file("a.db"))]
        try await makeTable(engines[0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in 0..<100 {
                let engine = engines[place % 2]
                group.addTask {
                    try await engine.execute("INSERT INTO cell (id) VALUES (\(place))")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(engines[1]) == 100)
        for engine in engines { await engine.close() }
    }

    @Test("a file that is no database is corrupt, and a folder that is not there is unavailable")
    func badFiles() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Data(repeating: 7, count: 8_192).write(to: URL(fileURLWithPath: folder.file("a.db")))
        let noise = #expect(throws: StorageError.self) { try SQLiteEngine(path: folder.file("a.db")) }
        #expect(noise?.kind == .corrupt)
        let nowhere = #expect(throws: StorageError.self) { try SQLiteEngine(path: folder.file("x/a.db")) }
        #expect(nowhere?.kind == .unavailable)
    }

    @Test("a full store fails every body of the group that filled it, and works again once there is room")
    func fullStore() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let engine = try SQLiteEngine(path: folder.file("a.db"))
        try await makeTable(engine)
        try await engine.write { tx in _ = try tx.queryOne("PRAGMA max_page_count = 64") { row in row.int(0) } }
        let blob = [UInt8](repeating: 9, count: 65_536)
        let kept = await withTaskGroup(of: Int64.self) { group in
            for place in 0..<32 {
                group.addTask {
                    do throws(StorageError) {
                        return Int64(try await engine.execute("INSERT INTO cell (id, b) VALUES (\(place), \(blob))"))
                    } catch {
                        #expect(error.kind == .full)
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(kept < 32)
        #expect(try await count(engine) == kept)
        try await engine.execute("INSERT INTO cell (id) VALUES (1000)")
        #expect(try await count(engine) == kept + 1)
        await engine.close()
    }
}
