// How an id is spelled where FHIR reads it: FHIR's ids know the hyphen and not the underscore (R4 §2.24.0.1, type `id`).

extension Identifier {
    /// `r-00000000000000000000000000`.
    public var fhirText: String { "\(Of.prefix)-\(text.dropFirst(Of.prefix.count + 1))" }

    /// From FHIR's spelling, or from our own. Nil for anything else.
    public init?(fhir text: String) {
        guard text.hasPrefix("\(Of.prefix)-") else {
            self.init(text)
            return
        }
        self.init("\(Of.prefix)_\(text.dropFirst(Of.prefix.count + 1))")
    }
}
