// Every way in which a log can be wrong, in words for whoever asked. The words name files and places, never what is in them.

public import Domain

public enum LogFault: Error, Hashable, Sendable {
    case unreadable(file: String)
    case unwritable(file: String)
    /// Not a signed note, or not a checkpoint in it.
    case notACheckpoint(file: String)
    /// Not by the key in question.
    case notSigned(file: String)
    case wrongSignature(file: String)
    /// Signed by the key, but in another log's name.
    case otherLog(file: String)
    /// Not as long as its width says, or entries cut off.
    case wrongLength(LogTile)
    /// An entry's hash is not the one in its tile.
    case wrongEntry(Int, LogTile)
    /// A hash of an upper tile is not what the tiles below it give; its place in the tile, from 0.
    case wrongHash(place: Int, LogTile)
    case wrongRoot(size: Int)
    case shrunk(from: Int, to: Int)
    /// The entries before the older checkpoint are not those that it signed.
    case rewritten(before: Int)
    /// What is stored does not end where the checkpoint ends.
    case notContinued(size: Int)
    /// What the folder says of itself, a minimum index or a month, is not said as it should be, or is beyond the log.
    case notAPart(file: String)
    /// No entry of the log says that entries were pruned up to there.
    case unannounced(minimum: Int)
    /// The older checkpoint ends within a tile that the folder does not have.
    case unseen(before: Int)
    /// The folder is an archive, or has something in it that is none.
    case otherFolder(wanted: String)
    case prunedMeanwhile

    /// One sentence.
    public var sentence: String {
        switch self {
        case .unreadable(let file): "\(file) is missing or cannot be read."
        case .unwritable(let file): "\(file) cannot be written."
        case .notACheckpoint(let file): "\(file) is not a signed checkpoint."
        case .notSigned(let file): "\(file) is not signed by this key."
        case .wrongSignature(let file): "\(file) has a signature of this key that is wrong."
        case .otherLog(let file): "\(file) is of another log than the key."
        case .wrongLength(let tile): "\(tile) does not hold \(tile.width)."
        case .wrongEntry(let index, let tile): "Entry \(index) is not the one that \(tile) was made of."
        case .wrongHash(let place, let tile): "Hash \(place) of \(tile) is not what the tiles below it give."
        case .wrongRoot(let size): "The \(size) entries together are not what the checkpoint signed."
        case .shrunk(let from, let to): "The log had \(from) entries and has \(to): some were taken away."
        case .rewritten(let before):
            "The first \(before) entries are not those that the older checkpoint signed: the history was rewritten."
        case .notContinued(let size): "What is stored is not the log of \(size) entries that was signed."
        case .notAPart(let file): "\(file) does not say which entries of this log are here."
        case .unannounced(let minimum):
            "Entries before \(minimum) are missing, and no entry of the log says that they were pruned."
        case .unseen(let before):
            "The older checkpoint ends at \(before), among entries that are not here: they cannot be compared."
        case .otherFolder(let wanted): "The folder has something else in it; \(wanted) needs a folder of its own."
        case .prunedMeanwhile: "Entries were pruned meanwhile: run it again."
        }
    }
}
