import Configuration
import LinuxSystem
import Runtime

/// Asks a model server that has started whether it can answer, again and again until it can: then it is ready.
///
/// The question is `GET /health`, which llama.cpp, vLLM and others have: while they load their model they do not listen
/// yet, or say 503. Who has no such address says 404, and answers too. No more is read of an answer than its status.
final class HealthProbe {
    private let address: ModelServerAddress
    private let loop: EventLoop
    private let onHealthy: () -> Void
    private var socket: FileDescriptor?
    private var watch: Watch?
    private var timer: Timer?
    private var heard: [UInt8] = []

    /// How long after an answer the next question follows, and how long an answer may take.
    private static let interval = Duration.milliseconds(200), patience = Duration.seconds(5)
    private static let question = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    /// As long as `HTTP/1.1 200`.
    private static let statusLineBytes = 12

    /// Begins to ask.
    ///
    /// - Parameter onHealthy: Called once, unless `cancel` comes before.
    init(_ address: ModelServerAddress, loop: EventLoop, onHealthy: @escaping () -> Void) {
        (self.address, self.loop, self.onHealthy) = (address, loop, onHealthy)
        ask()
    }

    /// Nobody wants to know any more.
    func cancel() {
        timer?.cancel()
        watch?.cancel()
        (timer, watch) = (nil, nil)
        socket = nil
    }

    private func ask() {
        cancel()
        heard = []
        do throws(SystemCallError) {
            let socket = try connect(), raw = socket.raw
            watch = try loop.watch(raw, for: .write) { [weak self] _ in self?.proceed(on: raw) }
            self.socket = consume socket
            timer = loop.schedule(after: Self.patience) { [weak self] in self?.ask() }
        } catch {
            askLater()  // it does not listen yet
        }
    }

    private func connect() throws(SystemCallError) -> FileDescriptor {
        switch address {
        case .unix(let path): try UnixSocket.connect(path, .stream)
        case .loopback(let host, let port): try LoopbackSocket.connect(host: host, port: port)
        }
    }

    private func askLater() {
        cancel()
        timer = loop.schedule(after: Self.interval) { [weak self] in self?.ask() }
    }

    /// The socket can be written to at first, and read from after that.
    private func proceed(on socket: CInt) {
        do throws(SystemCallError) {
            if watch?.interest == .write {
                guard try UnixSocket.send(Array(Self.question.utf8), on: socket) else { return }
                watch?.change(to: .read)
                return
            }
            let bytesMax = Self.statusLineBytes - heard.count
            guard let part = try UnixSocket.receive(on: socket, capacity: bytesMax) else { return }
            heard += part.bytes
            if heard.count < Self.statusLineBytes, !part.bytes.isEmpty { return }
            if isHealthy { end() } else { askLater() }
        } catch {
            askLater()
        }
    }

    private var isHealthy: Bool {
        let line = String(decoding: heard, as: UTF8.self)
        return line.hasPrefix("HTTP/1.") && Int(line.suffix(3)).map { (200..<500).contains($0) } == true
    }

    private func end() {
        cancel()
        onHealthy()
    }
}
