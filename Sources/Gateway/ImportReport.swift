// What an import tells when it is over: counts and plain sentences, as JSON at rest. No health value ever gets in.

import Domain
import Harmony
import Vault

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct ImportReport: Codable, Sendable {
    struct Share: Codable, Sendable {
        let application: String
        let types: [String]
        let items: Int
    }

    var itemsByType: [String: Int] = [:]
    var remarks: [String] = []
    var recipients: [Share] = []
    var itemsForNobody = 0

    var stored: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(self) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    init() {}

    /// Who got what, and how much nobody did.
    mutating func share(among shares: [ReleasedShare], outside: [DataType: Int]) {
        func all(_ type: DataType) -> Int { itemsByType[type.rawValue] ?? 0 }
        recipients = shares.map { share in
            Share(
                application: share.recipient.applicationName, types: share.types.map(\.rawValue),
                items: share.types.reduce(0) { $0 + (share.counted[$1] ?? all($1)) })
        }
        itemsForNobody = DataType.allCases.reduce(0) { sum, type in
            let given = shares.filter { $0.types.contains(type) }.map { $0.counted[type] ?? all(type) }
            // What went to several counts once, so the sum may say too little; what nobody was packed for is known for sure.
            guard let most = given.max(), most < all(type) else { return sum + (given.isEmpty ? all(type) : 0) }
            return sum + max(all(type) - given.reduce(0, +), outside[type] ?? 0)
        }
    }

    /// An empty report for an import that has none yet.
    init(stored text: String) {
        self = (try? JSONDecoder().decode(ImportReport.self, from: Data(text.utf8))) ?? ImportReport()
    }
}

extension ImportView {
    init(_ row: ImportRow, live: ImportBoard.Progress?) {
        let report = ImportReport(stored: row.report)
        self.init(
            id: row.id, state: State(rawValue: row.state) ?? .failed, startedAt: row.startedAt,
            finishedAt: row.finishedAt, bytesRead: live?.bytesRead ?? row.bytesRead,
            bytesTotal: live?.bytesTotal ?? row.bytesTotal, records: live?.records ?? row.records,
            items: live?.items ?? row.items,
            itemsByType: DataType.allCases.compactMap { type in
                report.itemsByType[type.rawValue].map { (type: type, count: $0) }
            },
            remarks: report.remarks,
            recipients: report.recipients.map {
                ImportRecipient(
                    application: $0.application, types: DataTypeSet($0.types.compactMap(DataType.init(rawValue:))),
                    items: $0.items)
            },
            itemsForNobody: report.itemsForNobody, failure: row.failure)
    }
}
