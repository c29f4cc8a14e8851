// The two search parameters of FHIR's Observation that a scope or a search may narrow by, and the data types they leave.

/// `category` and `code`. Values after a comma come beside the first, two parameters cut each other (FHIR R4 search §3.1.1.4).
public struct ObservationFilter: Hashable, Sendable {
    /// Nil where the parameter was not given.
    public private(set) var categories: DataTypeSet?
    public private(set) var codes: DataTypeSet?

    public init() {}

    /// A scope's parameters, as they stand behind its question mark. Nil for an unknown or repeated parameter, for a value
    /// that is not known here, and where nothing is left.
    public init?(_ query: String) {
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            guard let cut = pair.firstIndex(of: "="),
                narrow(String(pair[..<cut]), by: String(pair[pair.index(after: cut)...]))
            else { return nil }
        }
        guard !types.isEmpty else { return nil }
    }

    /// False, and nothing changed, when the parameter is unknown or given already, or a value is not known here.
    public mutating func narrow(_ name: String, by value: String) -> Bool {
        let words = value.split(separator: ",", omittingEmptySubsequences: false)
        switch name {
        case "category":
            let known = words.compactMap { ObservationCategory(token: $0) }
            guard categories == nil, known.count == words.count else { return false }
            categories = known.reduce(DataTypeSet.none) { $0.union($1.types) }
        case "code":
            let known = words.compactMap { FHIRVocabulary.type(token: $0) }
            guard codes == nil, known.count == words.count else { return false }
            codes = DataTypeSet(known)
        default: return false
        }
        return true
    }

    /// What is left of everything that FHIR has a name for.
    public var types: DataTypeSet {
        FHIRVocabulary.types.intersection(categories ?? .all).intersection(codes ?? .all)
    }
}
