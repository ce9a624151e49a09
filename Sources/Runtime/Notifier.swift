import LinuxSystem

/// Tells the supervisor how this process is, in systemd's notification protocol, one datagram a message; its status is
/// shown in ps, too.
///
/// See: sd_notify(3)
public final class Notifier {
    private let path: String?
    private let title: String
    private var lastStatus = ""
    private var socket: SharedDescriptor?
    /// What the supervisor's queue had no place for, the newest of each kind, oldest first.
    private var unsent: [String] = []
    private var isBlocked = false

    /// Called when something could not be sent: `resend` is wanted a little later.
    var onBlocked: () -> Void = {}

    /// A notifier for the socket named in NOTIFY_SOCKET; without one, what it is told is dropped.
    ///
    /// - Parameter title: What ps shows of this process before its status.
    public init(title: String) {
        path = CurrentProcess.environment("NOTIFY_SOCKET")
        self.title = title
    }

    /// Connects with the supervisor already now, for a process that can make no socket later.
    func connect() {
        guard socket == nil, let path, let connected = try? UnixSocket.connect(path, .datagrams) else { return }
        socket = SharedDescriptor(connected)
    }

    /// This process serves now.
    public func ready() { send("READY=1") }

    /// What this process does, in a few words for people. Repeating the last words costs nothing.
    public func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        send("STATUS=\(text)")
        CurrentProcess.setTitle("\(title): \(text)")
    }

    /// This process is on its way out.
    public func stopping() { send("STOPPING=1") }

    /// This process has completed what it was asked for: its planned hand-offs before this do not count as a loop. A
    /// notification of our own; supervisors that do not know it ignore it.
    public func progress() { send("EGGHEAD_PROGRESS=1") }

    /// The longest silence that the supervisor takes for life; nil when it does not ask for beats.
    ///
    /// See: sd_watchdog_enabled(3)
    static var watchdogInterval: Duration? {
        CurrentProcess.environment("WATCHDOG_USEC").flatMap { Int64($0) }.map { .microseconds($0) }
    }

    /// This process is alive; the supervisor that asked for beats waits for the next.
    public func watchdog() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        guard path != nil else { return }
        let key = message.prefix { $0 != "=" }
        unsent.removeAll { $0.prefix { $0 != "=" } == key }
        unsent.append(message)
        if !isBlocked { resend() }
    }

    /// Sends what waits. The queue of the supervisor's socket is short: what is dropped there would never be told, as
    /// the last status of a process that has nothing more to do.
    func resend() {
        isBlocked = false
        while let message = unsent.first {
            guard trySending(Array(message.utf8)) else {
                isBlocked = true
                return onBlocked()
            }
            unsent.removeFirst()
        }
    }

    /// A supervisor that does not listen has its own way of finding out; this process goes on.
    ///
    /// - Returns: False when there is no place for it now.
    private func trySending(_ bytes: [UInt8]) -> Bool {
        if let socket, let isSent = try? UnixSocket.send(bytes, on: socket.raw) { return isSent }
        // A process that can make no socket keeps the one that it has.
        guard let path, let connected = try? UnixSocket.connect(path, .datagrams) else { return true }
        let isSent = (try? UnixSocket.send(bytes, on: connected.raw)) ?? true
        socket = SharedDescriptor(connected)
        return isSent
    }
}
