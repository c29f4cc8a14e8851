// Takes a JSON object apart field by field and says every fault at once, each with its path. What nobody asked for is a
// fault too: a misspelled field must not be passed over.

import Domain
import Gateway

struct FieldReader {
    private let path: String
    private var members: [String: JSONValue] = [:]
    private(set) var faults: [FieldFault] = []

    /// `path` is empty for the body itself, or as in `rules[0]`.
    init(_ value: JSONValue, at path: String = "") {
        self.path = path
        guard case .object(let given) = value else {
            faults.append(FieldFault(path.isEmpty ? "body" : path, "an object was expected"))
            return
        }
        for member in given { members[member.name] = member.value }
    }

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func take(_ name: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: name), value != .null else { return nil }
        return value
    }

    private mutating func blame(_ name: String, _ message: String) {
        faults.append(FieldFault(place(name), message))
    }

    /// Empty after a fault.
    mutating func text(_ name: String) -> String {
        switch take(name) {
        case .string(let text): return text
        case nil: blame(name, "this field is needed")
        default: blame(name, "a string was expected")
        }
        return ""
    }

    mutating func optionalText(_ name: String) -> String? {
        switch take(name) {
        case nil: return nil
        case .string(let text): return text
        default: blame(name, "a string was expected")
        }
        return nil
    }

    mutating func texts(_ name: String) -> [String] {
        guard let value = take(name) else {
            blame(name, "this field is needed")
            return []
        }
        guard case .array(let elements) = value else {
            blame(name, "an array of strings was expected")
            return []
        }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            if case .string(let text) = element {
                texts.append(text)
            } else {
                blame("\(name)[\(index)]", "a string was expected")
            }
        }
        return texts
    }

    /// Empty when absent.
    mutating func optionalTexts(_ name: String) -> [String] {
        guard let value = members[name], value != .null else {
            members[name] = nil
            return []
        }
        return texts(name)
    }

    /// An object whose members are all strings; empty when absent.
    mutating func textsByName(_ name: String) -> [String: String] {
        guard let value = take(name) else { return [:] }
        guard case .object(let given) = value else {
            blame(name, "an object of strings was expected")
            return [:]
        }
        var texts: [String: String] = [:]
        for member in given {
            if case .string(let text) = member.value {
                texts[member.name] = text
            } else {
                blame("\(name).\(member.name)", "a string was expected")
            }
        }
        return texts
    }

    /// `noun` is what the id should be of, as in `a record`.
    mutating func optionalIdentifier<Of: Noun>(_ name: String, of noun: String) -> Identifier<Of>? {
        guard let text = optionalText(name) else { return nil }
        let identifier = Identifier<Of>(text)
        if identifier == nil { blame(name, "\(noun)'s id was expected") }
        return identifier
    }

    mutating func flag(_ name: String, otherwise: Bool) -> Bool {
        switch take(name) {
        case nil: return otherwise
        case .bool(let flag): return flag
        default: blame(name, "true or false was expected")
        }
        return otherwise
    }

    mutating func optionalFlag(_ name: String) -> Bool? {
        switch take(name) {
        case nil: return nil
        case .bool(let flag): return flag
        default: blame(name, "true or false was expected")
        }
        return nil
    }

    /// An object as it is, whatever is in it.
    mutating func optionalObject(_ name: String) -> JSONValue? {
        switch take(name) {
        case nil: return nil
        case .object(let members): return .object(members)
        default: blame(name, "an object was expected")
        }
        return nil
    }

    mutating func neededFlag(_ name: String) -> Bool {
        guard members[name] != nil else {
            blame(name, "this field is needed")
            return false
        }
        return flag(name, otherwise: false)
    }

    mutating func optionalCount(_ name: String) -> Int? {
        switch take(name) {
        case nil: return nil
        case .number(let digits):
            if let count = Int(digits) { return count }
            blame(name, "a whole number was expected")
        default: blame(name, "a whole number was expected")
        }
        return nil
    }

    /// Zero after a fault.
    mutating func count(_ name: String) -> Int {
        guard let value = members[name], value != .null else {
            blame(name, "this field is needed")
            return 0
        }
        return optionalCount(name) ?? 0
    }

    /// One value for each object of an array, read by its own reader; empty when absent.
    mutating func optionalObjects<Value>(_ name: String, _ read: (inout FieldReader) -> Value) -> [Value] {
        guard let value = members[name], value != .null else {
            members[name] = nil
            return []
        }
        return objects(name, read)
    }

    /// One value for each object of an array, read by its own reader.
    mutating func objects<Value>(_ name: String, _ read: (inout FieldReader) -> Value) -> [Value] {
        guard case .array(let elements) = take(name) else {
            blame(name, "an array of objects was expected")
            return []
        }
        var values: [Value] = []
        for (index, element) in elements.enumerated() {
            var reader = FieldReader(element, at: "\(place(name))[\(index)]")
            values.append(read(&reader))
            reader.blameStrangers()
            faults.append(contentsOf: reader.faults)
        }
        return values
    }

    mutating func fault(_ name: String, _ message: String) { blame(name, message) }

    /// Refuses when anything was wrong. The last thing to call.
    mutating func finish() throws(Declined) {
        blameStrangers()
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }

    private mutating func blameStrangers() {
        for name in members.keys.sorted() { blame(name, "there is no such field") }
        members = [:]
    }
}
