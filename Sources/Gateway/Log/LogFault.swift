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
    /// The key that the log is signed with, or is to be signed with, is not there or does not open.
    case lostKey
    /// Counted from 1.
    case handover(Int, HandoverFault)
    /// An entry names a new key, and no handover in the copy proves it.
    case noHandover(entry: Int)
    /// The policy is about other logs.
    case notInPolicy
    /// Nothing in the copy was signed by enough of the policy's witnesses; how many did of the checkpoint that most did.
    case notWitnessed(by: Int)
    /// What came after the checkpoint that the policy's witnesses signed is under no signature but the log's own.
    case unwitnessedTail(from: Int, size: Int)
    /// The copy ends before the proof's checkpoint.
    case copyTooShort(size: Int)

    public enum HandoverFault: Hashable, Sendable {
        /// Not the proof of a rotation's entry.
        case unreadable
        /// The key that the entry names is not in `keys`.
        case noKey
        /// Not signed by both keys, or not of an entry that they signed.
        case wrong
        /// What it signed is not the beginning of this log.
        case otherHistory
    }

    /// One sentence.
    public var sentence: String {
        switch self {
        case .unreadable(let file): "\(file) is missing or cannot be read."
        case .unwritable(let file): "\(file) cannot be written."
        case .notACheckpoint(let file): "\(file) is not a signed checkpoint."
        case .notSigned(let file):
            "\(file) is not signed by this key, nor by one that a handover in the copy leads to from it."
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
        case .lostKey: "The key that the log is signed with is not there, or does not open."
        case .handover(let number, .unreadable): "Handover \(number) is not the proof of a rotation."
        case .handover(let number, .noKey): "The key that handover \(number) leads to is not in the copy's file keys."
        case .handover(let number, .wrong):
            "Handover \(number) is not signed by the key before it and the key after it, or not of their log."
        case .handover(let number, .otherHistory): "What handover \(number) signed is not the beginning of this log."
        case .noHandover(let entry):
            "Entry \(entry) names a new key, and the copy has no handover to it: without that no key proves the rest."
        case .notInPolicy: "The policy names logs, and this key is none of theirs."
        case .notWitnessed(let count):
            "Too few of the policy's witnesses signed this log: \(count) did, and the quorum asks for others or more."
        case .unwitnessedTail(let start, let size):
            "Witnesses signed the first \(start) of \(size) entries. The rest is the log's word alone: copy it with --witnessed, "
                + "or say with --unwitnessed how many entries may be so."
        case .copyTooShort(let size): "The copy has \(size) entries, and the proof is of a longer log: copy it anew."
        }
    }
}
