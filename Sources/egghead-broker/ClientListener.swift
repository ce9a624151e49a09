import LinuxSystem
import Runtime
import Services

/// The TCP listener of `bus.listen`. The broker binds it itself, so that a reload of the configuration needs no new
/// broker; NATS clients come back by themselves when a restart has refused them.
final class ClientListener {
    private let loop: EventLoop
    private let log: Log
    private var address: LoopbackAddress?
    private var listener: Listener?
    private var retryTimer: Timer?

    /// Called with each connection: where it comes from, and where it came to.
    var onAccept: (consuming FileDescriptor, String, LoopbackAddress) -> Void = { _, _, _ in }

    /// How long it waits before it tries again to bind a port that is taken.
    private static let retryInterval = Duration.seconds(5)

    /// Listens nowhere.
    init(loop: EventLoop, log: Log) {
        self.loop = loop
        self.log = log
    }

    /// Listens there from now on, or nowhere.
    func listen(at address: LoopbackAddress?) {
        guard address != self.address else { return }
        self.address = address
        listener = nil
        retryTimer?.cancel()
        bind()
    }

    private func bind() {
        guard let address, listener == nil else { return }
        do throws(SystemCallError) {
            let descriptor = try LoopbackSocket.listen(host: address.host, port: address.port)
            let listener = try Listener(descriptor, loop: loop)
            let log = log
            listener.onAccept = { [unowned self] socket in accept(socket, at: address) }
            listener.onFailure = { log.warning("listener.paused", ["error": "\($0)"]) }
            self.listener = listener
            log.notice("listener.bound", ["address": "\(address)"])
        } catch {
            log.error("listener.failed", ["address": "\(address)", "error": "\(error)", "next": "retry"])
            retryTimer = loop.schedule(after: Self.retryInterval) { [weak self] in self?.bind() }
        }
    }

    private func accept(_ socket: consuming FileDescriptor, at address: LoopbackAddress) {
        do throws(SystemCallError) {
            try LoopbackSocket.setNoDelay(socket)
            let peer = try LoopbackSocket.peer(of: socket)
            onAccept(socket, peer, address)
        } catch {
            log.debug("connection.closed", ["error": "\(error)"])  // it has gone already
        }
    }
}
