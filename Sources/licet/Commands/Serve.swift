// `licet serve`: the gateway itself, with its workers, until it is asked to stop.

import ArgumentParser
import CoreMetrics
import Domain
import Gateway
import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals
import Vault
import Web

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the gateway.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let meters = Meters()
        MetricsSystem.bootstrap(meters)
        let deployment = try await options.open(quiet: false)
        let settings = deployment.settings
        let logger = deployment.logger
        let gateway = deployment.gateway
        for (key, value) in settings.printable {
            logger.info("setting", metadata: ["key": "\(key)", "is": "\(value)"])
        }

        let log: Sequencer
        do throws(Declined) {
            try await gateway.prepareSigningKey()
            log = try await gateway.openLog()
        } catch {
            await deployment.close()
            throw ValidationError(error.sentences)
        }
        let hint =
            "open \(settings.publicURL) · play the story: \(Terminal.program) demo · settings: \(Terminal.program) check"
        let application: any ApplicationProtocol
        do throws(WebFault) {
            application = try makeApplication(
                gateway: gateway, settings: WebSettings(settings), host: settings.host, port: settings.port,
                metricsText: { meters.text }, logger: logger,
                onServerRunning: { _ in logger.notice("ready", metadata: ["next": "\(hint)"]) })
        } catch {
            await deployment.close()
            throw SettingFault(error)
        }
        let courier = HTTPCourier(deployment.client)
        let deliveries = Worker(name: "deliveries", rest: .milliseconds(500), logger: logger) {
            try await gateway.deliverRound(with: courier)
        }
        let notices = Worker(name: "notices", rest: .milliseconds(500), logger: logger) {
            try await gateway.noticeRound(with: courier)
        }
        let sweeper = Worker(name: "sweeper", rest: .seconds(10), logger: logger) {
            try await gateway.sweepRound()
        }
        let tidying = Worker(name: "tidying", rest: .seconds(10), logger: logger) {
            try await gateway.tidyRound()
        }
        let runs = RunWriter(gateway, for: log)
        let sequencer = Worker(name: "log", rest: .milliseconds(250), logger: logger) {
            let round = try await log.round()
            guard round != .elsewhere else { return 0 }
            var listed = 0
            do {
                listed = try await runs.round()
            } catch {
                // Lists are a help; what waits for its place goes on.
                logger.error("a round failed", metadata: ["worker": "runs", "why": "\(error)"])
            }
            // Less than a full round has time.
            return round == .sealed(Sequencer.most) ? Sequencer.most : listed
        }
        let trail = Worker(name: "trail", rest: .seconds(10), logger: logger) {
            try await gateway.trailRound()
        }
        let logKeys = Worker(name: "log keys", rest: .seconds(10), logger: logger) {
            try await gateway.logKeyRound()
        }
        var witnesses: [Worker] = []
        if let (_, policy) = settings.witnesses {
            let post = HTTPWitnessPost(deployment.client)
            let asking = Witnesses(gateway, policy: policy, post: post, pause: settings.witnessPause)
            // It rests after each round, however many signed: a log that grows all the time is shown now and then.
            witnesses.append(
                Worker(name: "witnesses", rest: .seconds(settings.witnessPause.seconds), logger: logger) {
                    _ = try await asking.round()
                    return 0
                })
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: application), .init(service: deliveries), .init(service: notices),
                    .init(service: sweeper), .init(service: tidying), .init(service: trail),
                    .init(service: sequencer), .init(service: logKeys),
                ] + witnesses.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            await deployment.close()
            throw error
        }
        await deployment.close()
        logger.notice("stopped")
    }
}
