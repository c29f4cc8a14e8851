// How a test says that a verb declined, and with which problem.

import Domain
import Gateway
import Synchronization
import TestKit
import Testing

/// What the verb declined with; a test that expects a refusal fails when there was none.
@discardableResult
func declined<Answer>(
    as problem: Problem, sourceLocation: SourceLocation = #_sourceLocation, _ verb: () async throws -> Answer
) async -> Declined? {
    do {
        _ = try await verb()
        Issue.record("nothing was declined", sourceLocation: sourceLocation)
    } catch let error as Declined {
        #expect(error.problem == problem, sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("something else than a Declined came out: \(type(of: error))", sourceLocation: sourceLocation)
    }
    return nil
}

/// For races: what came of each of them.
func outcomes<Answer: Sendable>(
    of count: Int, _ verb: @escaping @Sendable (Int) async throws -> Answer
) async -> [Result<Answer, any Error>] {
    await withTaskGroup(of: Result<Answer, any Error>.self) { group in
        for place in 0..<count {
            group.addTask {
                do { return .success(try await verb(place)) } catch { return .failure(error) }
            }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

extension Result {
    var answer: Success? { try? get() }
    var problem: Problem? {
        if case .failure(let error) = self { return (error as? Declined)?.problem }
        return nil
    }
}

/// The item ids, values and so on are JSON; a test looks for pieces of it.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A number that many tasks may touch.
final class Count: Sendable {
    private let held = Atomic(0)
    var value: Int { held.load(ordering: .sequentiallyConsistent) }
    func add(_ more: Int = 1) { held.add(more, ordering: .sequentiallyConsistent) }
}
