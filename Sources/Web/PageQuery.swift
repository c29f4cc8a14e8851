// What a query may ask of a list: which page of it, or which of its entries. A parameter that nobody knows is a fault.

import Domain
import Gateway

/// `limit` and `after` of the person's grants.
struct GrantsQuery: Equatable {
    /// 1 to 1,000.
    var limit = 1000
    var after: GrantID?

    init(_ query: Form) throws(Declined) {
        var faults = query.faults(knowing: ["limit", "after"])
        if let text = query.field("limit") {
            if let limit = Int(text), (1...1000).contains(limit) {
                self.limit = limit
            } else {
                faults.append(FieldFault("limit", "a whole number from 1 to 1000"))
            }
        }
        if let text = query.field("after") {
            after = GrantID(text)
            if after == nil { faults.append(FieldFault("after", "the 'next' of the page before was expected")) }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

/// `record` of an approval: the one that the person would choose.
struct ChosenRecordQuery: Equatable {
    var record: RecordID?

    init(_ query: Form) throws(Declined) {
        var faults = query.faults(knowing: ["record"])
        if let text = query.field("record") {
            record = RecordID(text)
            if record == nil { faults.append(FieldFault("record", "a record's id was expected")) }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

/// `ids` and `person` of an application's question about records.
struct RecordsQuery: Equatable {
    /// At most 1,000; nil asks for all.
    var records: [String]?
    var person: String?

    init(_ query: Form) throws(Declined) {
        var faults = query.faults(knowing: ["ids", "person"])
        person = query.field("person")
        records = query.field("ids").map { text in text.split(separator: ",").map { String($0) } }
        if let records, !(1...1000).contains(records.count) {
            faults.append(FieldFault("ids", "1 to 1000 names of records, with commas between"))
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

/// `types` of an application's question about what it may do.
struct PermissionsQuery: Equatable {
    /// 1 to 100, as they were spelled.
    var types: [String]

    init(_ query: Form) throws(Declined) {
        var faults = query.faults(knowing: ["types"])
        types = query.field("types")?.split(separator: ",", omittingEmptySubsequences: false).map { String($0) } ?? []
        if !(1...100).contains(types.count) {
            faults.append(FieldFault("types", "1 to 100 data types, with commas between"))
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

extension Form {
    /// Nil when absent.
    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// What is given twice, and what nobody knows.
    func faults(knowing names: Set<String>) -> [FieldFault] {
        let repeated = repeatedName.map { FieldFault($0, "given more than once") }
        let strangers = fields.map(\.name).filter { !names.contains($0) }
        return [repeated].compactMap(\.self) + strangers.map { FieldFault($0, "there is no such parameter") }
    }
}
