// A logger that says nothing, for what runs inside a demonstration.

import Logging

enum Quiet {
    static let logger = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
}
