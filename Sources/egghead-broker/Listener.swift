import LinuxSystem
import Runtime
import Services

/// A socket that connections come from.
final class Listener {
    private let descriptor: FileDescriptor
    private let loop: EventLoop
    private var watch: Watch?

    /// Called with each connection.
    var onAccept: (consuming FileDescriptor) -> Void = { _ in }
    /// Called when the kernel gives none, for example because there are too many descriptors.
    var onFailure: (SystemCallError) -> Void = { _ in }

    /// How long it waits after the kernel has refused; the connections queue meanwhile.
    private static let pause = Duration.milliseconds(100)

    /// The socket that people connect to. eggheadd has bound it and keeps it, so that a restart of the broker refuses
    /// nobody.
    ///
    /// See: sd_listen_fds(3); the first descriptor is 3. LISTEN_PID is not asked: eggheadd names these variables to no
    /// other child.
    ///
    /// - Throws: `ServiceFailure` when there is none.
    static func inherited(loop: EventLoop) throws -> Listener {
        guard let count = CurrentProcess.environment("LISTEN_FDS").flatMap({ Int($0) }), count > 0 else {
            throw ServiceFailure(
                .invalid, "egghead-broker inherited no socket to listen on; its entry in the tree needs `listen:`")
        }
        let descriptor = FileDescriptor(owning: 3)
        try descriptor.setNonBlocking()
        return try Listener(descriptor, loop: loop)
    }

    /// Takes connections from a socket that listens.
    ///
    /// - Throws: `epoll_ctl`.
    init(_ descriptor: consuming FileDescriptor, loop: EventLoop) throws(SystemCallError) {
        self.loop = loop
        let raw = descriptor.raw
        self.descriptor = descriptor
        watch = try loop.watch(raw, for: .read) { [weak self] _ in self?.accept() }
    }

    deinit { watch?.cancel() }

    /// Takes no connections until `resume`; they queue in the kernel.
    func pause() { watch?.change(to: []) }

    /// Takes connections again.
    func resume() { watch?.change(to: .read) }

    private func accept() {
        do throws(SystemCallError) {
            while watch?.interest == .read, let socket = try UnixSocket.accept(descriptor) { onAccept(socket) }
        } catch {
            onFailure(error)
            pause()
            loop.schedule(after: Self.pause) { [weak self] in self?.resume() }
        }
    }
}
