import Glibc
import LinuxSystem
import Records
import Runtime
import Services

/// Reports which paths below a directory may have changed, at any depth, but not how: the receiver examines the path.
///
/// Folders are watched one by one, when `watch` is called for them. A folder that is moved keeps its watch and changes
/// its name, so the watcher knows folders by both.
final class DirectoryWatcher {
    /// None as long as the user has too many.
    private var inotify: Inotify?
    private let root: String
    private let loop: EventLoop
    private let watchesMax: Int
    private var watch: Watch?
    private var folders: [Int32: String] = [:]
    private var watches: ExactDictionary<Int32> = [:]

    /// Called with a path below the directory that may have changed.
    var onChange: (String) -> Void = { _ in }
    /// Called when events were lost: every path may have changed.
    var onOverflow: () -> Void = {}
    /// Called when the directory itself is gone.
    var onGone: () -> Void = {}

    /// A watcher that watches no folder yet; `root` is the directory's absolute path.
    ///
    /// - Parameter watchesMax: The most folders that are watched, for tests; the kernel has a limit of its own.
    init(root: String, loop: EventLoop, watchesMax: Int = .max) {
        self.root = root
        self.loop = loop
        self.watchesMax = watchesMax
    }

    /// Watches a folder; "" is the directory itself. A caller that first watches and then lists misses nothing.
    ///
    /// - Returns: Whether another folder than before has this name, because it was put in its place.
    /// - Throws: `inotify_init1`, `epoll_ctl`, `inotify_add_watch`. The next call tries it again.
    func watch(folder: String) throws(SystemCallError) -> Bool {
        if watches.count >= watchesMax && watches[folder] == nil {
            throw SystemCallError("inotify_add_watch", subject: folder, errno: ENOSPC)
        }
        guard let number = try add(folder.isEmpty ? root : "\(root)/\(folder)") else { return false }
        let before = watches[folder]
        // A folder that was moved still has its number; its old name is kept until the folder is found missing.
        folders[number] = folder
        watches[folder] = number
        guard let before, before != number else { return false }
        if folders[before]?.hasSameBytes(as: folder) == true {
            folders[before] = nil
            inotify?.remove(before)
        }
        return true
    }

    private func add(_ path: String) throws(SystemCallError) -> Int32? {
        if inotify == nil {
            let opened = try Inotify()
            watch = try loop.watch(opened.raw, for: .read) { [unowned self] _ in drain() }
            inotify = consume opened
        }
        return try inotify?.add(path)
    }

    /// The watched folders below a folder, at any depth.
    func folders(below folder: String) -> [String] { watches.keys.filter { $0.isBelow(folder) } }

    /// Whether a folder is watched.
    func isWatching(_ folder: String) -> Bool { watches[folder] != nil }

    /// Ends the watches of a folder that is missing, and of those in it. A folder that exists under another name and is
    /// watched there keeps its watch.
    func forget(folder: String) {
        for (path, number) in watches where path.hasSameBytes(as: folder) || path.isBelow(folder) {
            watches[path] = nil
            guard folders[number]?.hasSameBytes(as: path) == true else { continue }
            folders[number] = nil
            inotify?.remove(number)
        }
    }

    private func drain() {
        // A read that fails leaves the watch readable, and is tried again in the next turn.
        while let events = try? inotify?.next(), !events.isEmpty {
            for event in events { take(event) }
        }
    }

    private func take(_ event: Inotify.Event) {
        if event.has(IN_Q_OVERFLOW) { return onOverflow() }
        guard let folder = folders[event.watch] else { return }  // news of a watch that has ended
        if event.has(IN_IGNORED) {
            folders[event.watch] = nil
            if watches[folder] == event.watch { watches[folder] = nil }
        }
        if folder.isEmpty && event.has(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF) { return onGone() }
        if event.name.isEmpty || RecordID.isIgnored(name: event.name) { return }
        onChange(folder.isEmpty ? event.name : "\(folder)/\(event.name)")
    }
}
