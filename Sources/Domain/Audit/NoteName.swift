// Hides what may be the name of a log or of a witness: a text that can stand in a signature line and be shown to anybody.

/// A name of a key, as C2SP signed-note has it: no space, no plus. Control characters and those that turn the direction of
/// writing are refused too, so that a name may be printed as it is.
public struct NoteName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Bytes in the longest name.
    public static let longest = 255

    /// Nil unless it is a name; `licet.example/audit` is one.
    public init?(_ text: some StringProtocol) {
        guard (1...Self.longest).contains(text.utf8.count) else { return nil }
        for scalar in text.unicodeScalars where scalar == "+" || scalar.properties.isWhitespace || !Self.isPlain(scalar)
        {
            return nil
        }
        self.text = String(text)
    }

    public var description: String { text }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
