import Glibc
import Journal
import LinuxSystem
import Rooms
import Runtime

/// The newest snapshot of the rooms, `snapshot`, and the one before it, `snapshot.before`, from which a start begins
/// when the newest cannot be read.
///
/// ```
/// write:  snapshot ──rename──▶ snapshot.before    then the new snapshot in one step
/// ```
struct SnapshotFiles {
    /// What was found at a start.
    enum Finding {
        /// No snapshot was ever written.
        case none
        /// The newest that can be read; `isNewest` says whether it is that of `snapshot`.
        case snapshot(LedgerSnapshot, isNewest: Bool)
        /// There are snapshots, and none can be read.
        case unreadable
    }

    private let path: String
    private let log: Log

    /// The snapshots in the rooms' directory.
    init(directory: String, log: Log) {
        path = directory + "/snapshot"
        self.log = log
    }

    private var pathBefore: String { path + ".before" }

    /// Reads the newest snapshot that can be read.
    func read() -> Finding {
        var isDamaged = false
        for path in [path, pathBefore] {
            do throws(SystemCallError) {
                if let snapshot = LedgerSnapshot(try Files.read(path, limit: .max)) {
                    return .snapshot(snapshot, isNewest: path == self.path)
                }
                log.error("snapshot.damaged", ["path": path, "next": "the one before it"])
                isDamaged = true
            } catch {
                if error.errno == ENOENT { continue }
                log.error("snapshot.unreadable", ["error": "\(error)", "next": "the one before it"])
                isDamaged = true
            }
        }
        return isDamaged ? .unreadable : .none
    }

    /// Writes a snapshot; it is on the disk when this returns.
    ///
    /// - Parameter keepsNewest: Whether the newest becomes the one before: it can be read, and a damaged one must not
    ///   take the place of one that can.
    /// - Throws: `SystemCallError`; one of the snapshots before can be read then.
    func write(_ bytes: [UInt8], keepsNewest: Bool) throws(SystemCallError) {
        if keepsNewest, (try? Files.status(path)) != nil { try Files.move(path, to: pathBefore, replacing: true) }
        try Files.replace(path, with: bytes, mode: 0o640)
    }
}
