import CSystemd
import Glibc
import LinuxSystem
import Runtime
import Supervision

/// The messages to systemd and the values from it. Without systemd every call does nothing.
///
/// See: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3), sd_journal_stream_fd(3)
final class Systemd {
    /// A socket that takes native journal entries, if our standard error is the journal.
    let journal: SharedDescriptor?
    private let notifies: Bool
    private let watchdog: Duration?
    private var stored: [CInt] = []
    private var lastStatus = ""

    /// Whether our own standard error goes to the journal.
    var hasJournal: Bool { journal != nil }

    /// Reads systemd's variables from the environment.
    ///
    /// - Parameter journal: The journal's socket, if our standard error is the journal.
    init(environment: Environment, journal: SharedDescriptor?) {
        self.journal = journal
        // libsystemd reads the environment, which has been overwritten: its own variables are set again.
        for name in ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            if let value = environment[name] { setenv(name, value, 1) }
        }
        notifies = environment["NOTIFY_SOCKET"] != nil
        let count = max(0, sd_listen_fds(0))
        stored = (0..<count).map { SD_LISTEN_FDS_START + $0 }
        var microseconds: UInt64 = 0
        watchdog = sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// Reports `READY=1`: every child is up.
    func ready() { notify("READY=1") }

    /// Reports what eggheadd does, for `systemctl status`. Repeating the last words costs nothing.
    func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        notify("STATUS=\(text)")
    }

    /// Reports that the configuration is being read again; `ready` ends this state.
    func reloading() { notify("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic().nanoseconds / 1_000)") }

    /// Reports that eggheadd stops. It does not want the stored sockets back.
    func stopping() { notify("STOPPING=1") }

    private func notify(_ state: String) {
        if notifies { sd_notify(0, state) }
    }

    /// Reports to systemd that the loop turns, twice in each watchdog period.
    func beginBeating(on loop: EventLoop) {
        guard let watchdog else { return }
        loop.beat(every: watchdog / 2) { [unowned self] in notify("WATCHDOG=1") }
    }

    /// The socket that a predecessor has stored, listening at this path.
    func storedSocket(path: String) -> FileDescriptor? {
        guard
            let index = stored.firstIndex(where: { sd_is_socket_unix($0, CInt(SOCK_STREAM.rawValue), 1, path, 0) > 0 })
        else { return nil }
        let socket = FileDescriptor(owning: stored.remove(at: index))
        // systemd need not have kept the properties non-blocking and close-on-exec.
        guard (try? socket.setNonBlocking()) != nil, (try? socket.setCloseOnExec(true)) != nil else { return nil }
        return socket
    }

    /// Keeps a socket in systemd's store, so that it survives eggheadd.
    func store(_ socket: CInt, name: String) {
        guard notifies else { return }
        var descriptor = socket
        sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(name)", &descriptor, 1)
    }

    /// A child's standard error under systemd: a journal stream of its own. Our own programs are named by their
    /// executable in it, foreign commands by the name of the child.
    ///
    /// - Returns: nil if there is no journal.
    func journalStream(for id: ChildID, executable: String, isOurs: Bool) -> SharedDescriptor? {
        guard hasJournal else { return nil }
        let stream = sd_journal_stream_fd(isOurs ? Files.split(executable).name : id.name, LOG_INFO, 1)
        return stream < 0 ? nil : SharedDescriptor(FileDescriptor(owning: stream))
    }
}

/// The connection of our own events to the journal.
enum SystemdJournal {
    /// The journal's socket for native entries, when our standard error is a stream to the journal.
    ///
    /// See: systemd.exec(5) JOURNAL_STREAM
    static func socket(_ environment: Environment) -> SharedDescriptor? {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(2, &status) == 0,
            stream == "\(status.st_dev):\(status.st_ino)",
            let socket = try? UnixSocket.connect("/run/systemd/journal/socket", .datagrams)
        else { return nil }
        return SharedDescriptor(socket)
    }
}
