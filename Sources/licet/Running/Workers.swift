// What runs beside the server until it stops: deliveries and the sweeper. Both finish the round they are in.

import Domain
import Gateway
import Logging
import ServiceLifecycle

/// Repeats a round of work, resting when there was nothing to do.
struct Worker: Service {
    let name: String
    let rest: Duration
    let logger: Logger
    /// Answers how much there was to do.
    let round: @Sendable () async throws -> Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var done = 0
                do {
                    done = try await round()
                } catch {
                    logger.error("a round failed", metadata: ["worker": "\(name)", "why": "\(error)"])
                }
                if done == 0 { try? await Task.sleep(for: rest) }
            }
        }
    }
}
