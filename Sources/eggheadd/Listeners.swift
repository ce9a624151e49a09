import LinuxSystem
import Supervision

/// The sockets that eggheadd binds for its children. They are kept when a child ends and, in systemd's store, when
/// eggheadd ends: a client that connects while no process accepts waits instead of failing.
final class Listeners {
    private let systemd: Systemd
    private var sockets: [(path: String, socket: SharedDescriptor)] = []

    /// Binds the sockets of a whole tree, or takes them back from systemd.
    ///
    /// - Throws: `SystemCallError`.
    init(for root: ChildSpec, systemd: Systemd) throws {
        self.systemd = systemd
        for listener in Self.wanted(root) { _ = try descriptor(of: listener) }
    }

    private static func wanted(_ child: ChildSpec) -> [WorkerSpec.Listener] {
        (child.worker?.listen ?? []) + (child.supervisor?.children ?? []).flatMap(wanted)
    }

    /// The socket of a listener, bound now for a child that was added later.
    ///
    /// - Throws: `SystemCallError`.
    func descriptor(of listener: WorkerSpec.Listener) throws(SystemCallError) -> CInt {
        if let known = sockets.first(where: { $0.path == listener.path }) { return known.socket.raw }
        let socket: SharedDescriptor
        if let stored = systemd.storedSocket(path: listener.path) {
            socket = SharedDescriptor(stored)
        } else {
            socket = try bind(listener)
        }
        sockets.append((listener.path, socket))
        return socket.raw
    }

    private func bind(_ listener: WorkerSpec.Listener) throws(SystemCallError) -> SharedDescriptor {
        try Files.makeDirectories(Files.split(listener.path).directory)
        let socket = try UnixSocket.bind(listener.path, .stream, mode: listener.mode)
        systemd.store(socket.raw, name: Files.split(listener.path).name)
        return SharedDescriptor(socket)
    }
}
