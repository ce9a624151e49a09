import LinuxSystem
import Supervision

/// The sockets that eggheadd binds for its children. They outlive every child, and, in systemd's store, eggheadd
/// itself: who connects while nobody accepts waits instead of failing.
struct Listeners {
    private let sockets: [(path: String, socket: SharedDescriptor)]

    /// Binds the sockets of a whole tree, or takes them back from systemd.
    ///
    /// - Throws: `SystemCallError`.
    init(for root: ChildSpec, systemd: Systemd) throws {
        sockets = try Self.wanted(root).map { listener in
            if let stored = systemd.storedSocket(path: listener.path) {
                return (listener.path, SharedDescriptor(stored))
            }
            try Files.makeDirectories(Files.split(listener.path).directory)
            let socket = try UnixSocket.bind(listener.path, .stream, mode: listener.mode)
            systemd.store(socket.raw, name: Files.split(listener.path).name)
            return (listener.path, SharedDescriptor(socket))
        }
    }

    private static func wanted(_ child: ChildSpec) -> [WorkerSpec.Listener] {
        (child.worker?.listen ?? []) + (child.supervisor?.children ?? []).flatMap(wanted)
    }

    /// The socket of a path.
    func descriptor(of path: String) -> CInt? { sockets.first { $0.path == path }?.socket.raw }
}
