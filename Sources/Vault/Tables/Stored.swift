// How a stored word becomes a value again: totally, or with an error that names the column and never the value.

import Domain

func stored<Word: RawRepresentable>(_ text: String, _ column: String) throws(StorageError) -> Word
where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
        throw StorageError(.corrupt, "\(column) holds a word that is not known")
    }
    return word
}

func storedPermissions(_ text: String, _ column: String) throws(StorageError) -> Permissions {
    try permissionsAtRest.meaning(of: text) { text throws(StorageError) in
        guard let permissions = Permissions(stored: text) else {
            throw StorageError(.corrupt, "\(column) holds a word that is not known")
        }
        return permissions
    }
}

// Grants of one application are mostly alike.
private let permissionsAtRest = Memo<Permissions>(limit: 4_096)

/// An unreadable limit must not be read as none.
func readingDays(_ text: String?, _ column: String) throws(StorageError) -> ReadingDays {
    guard let text else { return .none }
    guard let days = ReadingDays(stored: text) else { throw StorageError(.corrupt, "\(column) cannot be read") }
    return days
}
