// Bringing in a file: the form, the upload as it streams by, and how the import is getting on.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func showImportForm(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        try await importForm(viewer)
    }

    private func importForm(_ viewer: SignedIn, refused: Declined? = nil) async throws(Declined) -> Response {
        let outlook = try await gateway.importOutlook(of: viewer.person)
        let error = refused.map { $0.faults.first?.message ?? $0.detail ?? $0.problem.title }
        let context = ImportFormPage(
            page: PageFrame("Import a file", viewer: viewer),
            faultSummary: error.map {
                FaultSummary(heading: "That did not work yet.", faults: [Fault(target: "export", message: $0)])
            },
            exportError: error, uploadLimitWords: Wording.size(settings.uploadLimit),
            importedTo: outlook.recordName, receivers: outlook.receivers.map { Receiver($0) })
        return try pages.render(.importForm, context, status: refused?.problem.status ?? 200)
    }

    func upload(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let descriptor: Int32
        do throws(Declined) {
            descriptor = try await receiveExport(incoming, viewer)
        } catch {
            switch error.problem {
            case .invalidFields, .bodyTooLarge: return try await importForm(viewer, refused: error)
            default: throw error
            }
        }
        let id = try await gateway.startImport(.descriptor(descriptor), person: viewer.person, request: incoming.id)
        return Answer.redirect(to: "/imports/\(id.text)")
    }

    func showImport(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let view = try await gateway.importStatus(try incoming.identifier(), of: viewer.person)
        return try pages.render(.importStatus, ImportStatusPage(view, viewer: viewer))
    }
}

extension Receiver {
    init(_ view: RecordGrantView) {
        grantID = view.isYours ? view.grant.text : nil
        applicationName = view.application.name
        organizationName = view.application.organization
        isSandbox = view.application.environment == .sandbox
        typeNames = Wording.typeNames(view.types)
        dates = Wording.dates(view.periods, of: view.types)
        permittedBy = view.isYours ? nil : view.giverName
        receivesUntil = TimeText(day: view.expiresAt)
    }
}

extension ImportStatusPage {
    init(_ view: ImportView, viewer: SignedIn) {
        let isKnown = view.bytesTotal > 0
        let read = isKnown ? min(view.bytesRead, view.bytesTotal) : 0
        let isRunning = view.state == .running
        self.init(
            page: PageFrame("Import", viewer: viewer, refreshSeconds: isRunning ? 1 : nil), isRunning: isRunning,
            isComplete: view.state == .complete, hasFailed: view.state == .failed, begun: TimeText(view.startedAt),
            finished: view.finishedAt.map { TimeText($0) }, bytesRead: read, bytesTotal: isKnown ? view.bytesTotal : 1,
            percent: isKnown ? Int(Double(read) * 100 / Double(view.bytesTotal)) : 0,
            sizeWords: isKnown
                ? "\(Wording.size(read)) of \(Wording.size(view.bytesTotal))" : Wording.size(view.bytesRead),
            recordsRead: Wording.number(view.records), itemsKept: Wording.number(view.items),
            byType: view.itemsByType.filter { $0.count > 0 }.map {
                TypeCount(typeName: $0.type.plainName, typeItems: Wording.number($0.count))
            },
            remarks: view.remarks,
            recipients: view.recipients.map {
                RecipientRow(
                    applicationName: $0.application, typeNames: Wording.typeNames($0.types),
                    recipientItems: Wording.number($0.items))
            },
            forNobody: view.itemsForNobody > 0
                ? CountWords(digits: Wording.number(view.itemsForNobody), isOne: view.itemsForNobody == 1) : nil,
            failure: view.state == .failed ? view.failure : nil)
    }
}
