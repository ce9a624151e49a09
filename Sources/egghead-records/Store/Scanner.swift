import LinuxSystem
import Records
import Runtime
import Services
import Time

/// Keeps the catalogue true to the files. A path that may have changed is looked at again, whatever the reason: the
/// scan at the start looks at the directory, an overflow of the kernel's queue looks at everything, and a saved file at
/// itself.
///
/// The work is cut into slices, so that questions are answered while a hundred thousand files are read.
final class Scanner {
    private let loop: EventLoop
    private let log: Log
    private let directory: RecordDirectory
    private let watcher: DirectoryWatcher
    /// Paths to look at, the last one first; each is in `isPending` as long as it waits.
    private var pending: [String] = []
    private var isPending: Set<String> = []
    private var turn: Timer?
    /// Files that were not there when they were looked at, for a moment.
    private var vanished: Set<String> = []
    /// Since when files are gone that defined agents, which stay for a while.
    private var departures: [String: Instant] = [:]

    /// What is known.
    var catalogue = Catalogue()
    /// Whether every file has been looked at once.
    private(set) var isComplete = false
    /// Whether news wait to be looked at.
    var isBusy: Bool { turn?.isPending == true || !pending.isEmpty }
    /// What was known of a file before this store began; nil when it has to be read.
    var recall: (_ path: String) -> Catalogue.Entry? = { _ in nil }
    /// Called with each record that was read.
    var onRead: (Record, FileStamp) -> Void = { _, _ in }
    /// Called after each slice of work; `isComplete` tells whether the first scan is behind it.
    var onSettled: () -> Void = {}

    /// News that come together are looked at together: an editor's save is several of them.
    private static let settleTime = Duration.milliseconds(10)
    /// A file that is gone for less than this stays what it was: an editor moves the old text aside before it writes
    /// the new one. Whoever asks for the record meanwhile is told the truth.
    private static let absenceTime = Duration.milliseconds(60)
    /// The same for an agent whose file is gone: `git checkout` may take it away and the next one bring it back, and a
    /// process that was sent away for that would have lost what it knew.
    private static let agentAbsenceTime = Duration.seconds(2)
    /// How long one slice may take.
    private static let sliceTime = Duration.milliseconds(8)

    /// A scanner that knows nothing yet.
    ///
    /// - Throws: `inotify_init1`.
    init(directory: RecordDirectory, loop: EventLoop, log: Log) throws(SystemCallError) {
        self.directory = directory
        self.loop = loop
        self.log = log
        watcher = try DirectoryWatcher(root: directory.root, loop: loop)
        watcher.onChange = { [unowned self] path in
            catalogue.markDirty(path)
            note(path)
            schedule(after: Self.settleTime)
        }
        watcher.onOverflow = { [unowned self] in
            log.warning("records.overflow", ["path": directory.root, "next": "rescan"])
            rescan()
        }
        watcher.onGone = { [unowned loop] in
            log.error("records.gone", ["path": directory.root, "next": "restart"])
            loop.stop(.temporaryFailure)
        }
    }

    /// Looks at everything: at what is known, and at what the folders hold.
    func rescan() {
        for path in catalogue.paths(below: "") {
            // What was read just after it had changed may have changed again within the same tick.
            if catalogue.entry(path: path)?.wantsReading == true { catalogue.markDirty(path) }
            note(path)
        }
        note("")
        schedule(after: .zero)
    }

    /// Something is wrong with a file that only its reader could notice.
    func report(_ problem: RecordProblem) { catalogue.report(problem) }

    /// Looks at one file at once, after it was written here.
    func look(at path: String) {
        catalogue.markDirty(path)
        lookNow(at: path)
        watchFolders(above: path)
    }

    /// Looks at a file at once that was taken away here: nobody will bring it back, and an agent that it defined goes.
    func lookForLastTime(at path: String) {
        look(at: path)
        if !catalogue.knows(path) { catalogue.remove(path) }
    }

    /// A folder that was made for a file is watched soon; what happens to the file until then is told by nobody, so it
    /// is looked at again behind its folders.
    private func watchFolders(above path: String) {
        var folder = Files.folder(of: path)
        if watcher.isWatching(folder) { return }
        note(path)
        while !watcher.isWatching(folder) && !folder.isEmpty {
            note(folder)
            folder = Files.folder(of: folder)
        }
        schedule(after: .zero)
    }

    private func note(_ path: String) {
        if isPending.insert(path).inserted { pending.append(path) }
    }

    private func schedule(after delay: Duration) {
        if turn?.isPending == true { return }
        turn = loop.schedule(after: delay) { [unowned self] in slice() }
    }

    private func slice() {
        let end = Clock.monotonic() + Self.sliceTime
        while let path = pending.popLast() {
            isPending.remove(path)
            lookNow(at: path, believesAbsence: vanished.remove(path) != nil)
            if Clock.monotonic() > end { break }
        }
        if pending.isEmpty { isComplete = true } else { schedule(after: .zero) }
        onSettled()
    }

    private func lookNow(at path: String, believesAbsence: Bool = true) {
        let known = catalogue.entry(path: path) ?? recall(path)
        let look = known?.isDirty == true ? nil : known?.look
        // A folder that is watched was looked at; above others a link may have taken a folder's place.
        let isInside = watcher.isWatching(Files.folder(of: path)) || directory.hasOnlyFolders(above: path)
        switch path.isEmpty ? .folder : isInside ? directory.look(at: path, unlessStill: look) : .nothing {
        case .unchanged(let stamp):
            if var known, !catalogue.knows(path), hasRoom(for: path) {
                known.modifiedNanoseconds = stamp.modifiedNanoseconds
                catalogue.put(known, at: path)
            }
        case .folder:
            catalogue.remove(path)
            return enter(path)
        case .record(let record, let stamp):
            if hasRoom(for: path) {
                departures[path] = nil
                catalogue.put(record, stamp: stamp)
                if known?.isSameFile(as: Catalogue.Entry(record, stamp: stamp)) != true { onRead(record, stamp) }
            }
        case .passedOver(let problem):
            if hasRoom(for: path) { catalogue.passOver(problem) }
        case .nothing where !believesAbsence && catalogue.knows(path): return lookAgainLater(at: path)
        case .nothing: lose(path)
        }
        leave(path)
    }

    /// A file is gone, and its record with it; an agent that it defined goes when it does not come back.
    private func lose(_ path: String) {
        guard catalogue.lose(path), departures[path] == nil else { return }
        let departure = loop.now
        departures[path] = departure
        loop.schedule(after: Self.agentAbsenceTime) { [unowned self] in
            guard departures[path] == departure else { return }
            departures[path] = nil
            if !catalogue.knows(path) { catalogue.remove(path) }
            onSettled()
        }
    }

    private func lookAgainLater(at path: String) {
        vanished.insert(path)
        loop.schedule(after: Self.absenceTime) { [unowned self] in
            guard vanished.contains(path) else { return }
            note(path)
            schedule(after: .zero)
        }
    }

    /// Watches a folder, and looks at what is in it.
    private func enter(_ folder: String) {
        do throws(SystemCallError) {
            if try watcher.watch(folder: folder) {
                // What the folder held that had this name before may be here no more.
                for path in catalogue.paths(below: folder) + watcher.folders(below: folder) { note(path) }
            }
        } catch {
            let advice = "raise fs.inotify.max_user_watches with sysctl(8) and restart"
            log.warning("records.unwatched", ["path": folder, "error": "\(error)", "next": advice])
            catalogue.passOver(
                RecordProblem(path: folder, line: nil, message: "changes are not noticed: \(error); \(advice)"))
        }
        do throws(SystemCallError) {
            for name in try directory.names(in: folder) { note(folder.isEmpty ? name : "\(folder)/\(name)") }
        } catch {
            let message = "the folder cannot be read: \(error); repair its permissions. It is ignored."
            catalogue.passOver(RecordProblem(path: folder, line: nil, message: message))
        }
    }

    /// What was a folder is none any more.
    private func leave(_ path: String) {
        guard watcher.isWatching(path) else { return }
        watcher.forget(folder: path)
        for path in catalogue.paths(below: path) { lose(path) }
    }

    private func hasRoom(for path: String) -> Bool {
        if catalogue.fileCount < RecordLimits.filesMax || catalogue.knows(path) { return true }
        log.warning("records.full", ["path": path, "limit": "\(RecordLimits.filesMax)"])
        return false
    }
}
