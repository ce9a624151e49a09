import Glibc
import LinuxSystem
import Records
import Runtime
import Services
import Time

/// Keeps the catalogue equal to the files. A path that may have changed is examined again, whatever the reason: the
/// scan at the start examines the directory, an overflow of the kernel's queue all paths, and a save the saved file.
///
/// The work is split into slices, so that requests are answered while a hundred thousand files are read.
final class Scanner {
    private let loop: EventLoop
    private let log: Log
    private let directory: RecordDirectory
    private let watcher: DirectoryWatcher
    /// Paths to examine, the last one first; each is also in `isPending` as long as it waits.
    private var pending: [String] = []
    private var isPending: ExactSet = []
    private var turn: Timer?
    /// Files that were missing when they were examined, until the grace has passed.
    private var vanished: ExactSet = []
    /// The times since which the files of agents are missing; such agents stay for a while.
    private var departures: ExactDictionary<Instant> = [:]
    /// The folders from which no news comes, and the next examination of them.
    private var polled = PolledFolders()
    private var pollTimer: Timer?
    private let pollPause: Duration

    /// The known files.
    var catalogue = Catalogue()
    /// Whether every file has been examined once.
    private(set) var isComplete = false
    /// Whether paths wait to be examined.
    var isBusy: Bool { turn?.isPending == true || !pending.isEmpty }
    /// The knowledge of a file from before this store began; nil if the file has to be read.
    var recall: (_ path: String) -> Catalogue.Entry? = { _ in nil }
    /// Called with each record that was read.
    var onRead: (Record, FileStamp) -> Void = { _, _ in }
    /// Called after each slice of work; `isComplete` says whether the first scan has ended.
    var onSettled: () -> Void = {}

    /// Events within this time are handled together: an editor's save causes several of them.
    private static let settleTime = Duration.milliseconds(10)
    /// A file that is missing for less than this keeps its record: an editor moves the old file aside before it writes
    /// the new one. A request for the record meanwhile gets the truth.
    private static let absenceTime = Duration.milliseconds(60)
    /// The same for an agent whose file is missing: one `git checkout` may remove it and the next one restore it, and a
    /// process that was stopped for that would have lost its sessions.
    private static let agentAbsenceTime = Duration.seconds(2)
    /// The longest time of one slice.
    private static let sliceTime = Duration.milliseconds(8)

    /// A scanner with an empty catalogue.
    ///
    /// - Parameters:
    ///   - watchesMax: The most folders that are watched.
    ///   - pollPause: The pause between two examinations of folders from which no news comes.
    init(
        directory: RecordDirectory, loop: EventLoop, log: Log, watchesMax: Int = .max,
        pollPause: Duration = PolledFolders.pause
    ) {
        self.directory = directory
        self.pollPause = pollPause
        self.loop = loop
        self.log = log
        watcher = DirectoryWatcher(root: directory.root, loop: loop, watchesMax: watchesMax)
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

    /// Examines everything: the known paths, and the contents of the folders.
    func rescan() {
        for path in catalogue.paths(below: "") { noteUnsettled(path) }
        note("")
        schedule(after: .zero)
    }

    /// A file that was read just after a change may have changed again within the same tick.
    private func noteUnsettled(_ path: String) {
        if catalogue.entry(path: path)?.wantsReading == true { catalogue.markDirty(path) }
        note(path)
    }

    /// Examines the folders from which no news comes, and does so again after a pause.
    private func pollLater() {
        if polled.isEmpty || pollTimer?.isPending == true { return }
        pollTimer = loop.schedule(after: max(pollPause, pollTime * PolledFolders.pauseFactor)) { [unowned self] in
            pollStart = Clock.monotonic()
            for path in polled.paths(of: catalogue) { noteUnsettled(path) }
            schedule(after: .zero)
        }
    }

    /// When the last examination of these folders began, and how long it has taken.
    private var pollStart: Instant?
    private var pollTime = Duration.zero

    private func endPoll() {
        if let start = pollStart { pollTime = Clock.monotonic() - start }
        pollStart = nil
        pollLater()
    }

    /// Reports an error in a file that only its reader could find.
    func report(_ problem: RecordProblem) { catalogue.report(problem) }

    /// Examines a file at once, after the store has written it.
    func look(at path: String) {
        catalogue.markDirty(path)
        lookNow(at: path)
        watchFolders(above: path)
    }

    /// Examines a file at once that the store has removed: nothing will restore it, so its agent is retired.
    func lookForLastTime(at path: String) {
        look(at: path)
        if !catalogue.knows(path) { catalogue.remove(path) }
    }

    /// A folder that was made for a file is soon watched. Changes of the file before that cause no event, so the file
    /// is examined again after its folders.
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
        if isPending.insert(path) { pending.append(path) }
    }

    private func schedule(after delay: Duration) {
        if turn?.isPending == true { return }
        turn = loop.schedule(after: delay) { [unowned self] in slice() }
    }

    private func slice() {
        let end = Clock.monotonic() + Self.sliceTime
        while let path = pending.popLast() {
            isPending.remove(path)
            lookNow(at: path, believesAbsence: vanished.remove(path))
            if Clock.monotonic() > end { break }
        }
        if pending.isEmpty {
            isComplete = true
            endPoll()
        } else {
            schedule(after: .zero)
        }
        onSettled()
    }

    private func lookNow(at path: String, believesAbsence: Bool = true) {
        let known = catalogue.entry(path: path) ?? recall(path)
        let look = known?.isDirty == true ? nil : known?.look
        // The contents of a watched folder were examined; above other paths a link may have replaced a folder.
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
                let isAgent = record.recordClass == .agent || record.isFrontmatterBroken
                // An editor may write an empty file first: the agent has the same grace as one whose file is missing.
                catalogue.put(record, stamp: stamp, keepsAgent: true)
                if isAgent { departures[path] = nil } else if catalogue.definesAgent(path) { retireLater(path) }
                if known?.isSameFile(as: Catalogue.Entry(record, stamp: stamp)) != true { onRead(record, stamp) }
            }
        case .attachment:
            lose(path)
            if hasRoom(for: path) { catalogue.put(attachment: path) }
        case .passedOver(let problem):
            if hasRoom(for: path) { catalogue.passOver(problem) }
        case .nothing where !believesAbsence && catalogue.knows(path): return lookAgainLater(at: path)
        case .nothing: lose(path)
        }
        leave(path)
    }

    /// A file is missing, and with it its record; its agent is retired if the file does not return.
    private func lose(_ path: String) {
        if catalogue.lose(path) { retireLater(path) }
    }

    /// Retires the agent of a file after its grace, unless the file defines one again.
    private func retireLater(_ path: String) {
        if departures[path] != nil { return }
        let departure = loop.now
        departures[path] = departure
        loop.schedule(after: Self.agentAbsenceTime) { [unowned self] in
            guard departures[path] == departure else { return }
            departures[path] = nil
            catalogue.retireAgent(path)
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

    /// Watches a folder, and examines its contents.
    private func enter(_ folder: String) {
        var isWatched = true
        do throws(SystemCallError) {
            if try watcher.watch(folder: folder) {
                // The contents of an earlier folder of this name may be missing now.
                for path in catalogue.paths(below: folder) + watcher.folders(below: folder) { note(path) }
            }
        } catch {
            isWatched = false
            if unwatched.insert(folder) {
                log.warning("records.unwatched", ["path": folder, "error": "\(error)", "next": "poll"])
            }
            catalogue.passOver(RecordProblem(unwatched: folder, error))
        }
        if isWatched { unwatched.remove(folder) }
        polled.set(folder, isPolled: !isWatched || directory.isRemote(folder))
        pollLater()
        do throws(SystemCallError) {
            for name in try directory.names(in: folder) { note(folder.isEmpty ? name : "\(folder)/\(name)") }
        } catch {
            catalogue.passOver(RecordProblem(unreadable: folder, error))
        }
    }

    /// The folders that could not be watched, each of which is told once.
    private var unwatched = ExactSet()

    /// A path that was a folder is no longer one.
    private func leave(_ path: String) {
        let wasPolled = polled.set(path, isPolled: false)
        unwatched.remove(path)
        guard watcher.isWatching(path) || wasPolled else { return }
        watcher.forget(folder: path)
        for path in catalogue.paths(below: path) { lose(path) }
    }

    private func hasRoom(for path: String) -> Bool {
        if catalogue.fileCount < RecordLimits.filesMax || catalogue.knows(path) { return true }
        log.warning("records.full", ["path": path, "limit": "\(RecordLimits.filesMax)"])
        return false
    }
}
