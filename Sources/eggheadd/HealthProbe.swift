import Configuration
import LinuxSystem
import Runtime
import Time

/// Asks a model server that has started whether it can answer, again and again until it can: then it is ready.
///
/// The question is `GET /health`, which llama.cpp, vLLM and others have: while they load their model they do not listen
/// yet, or say 503. Who has no such address says so, and answers too. No more is read of an answer than its status.
final class HealthProbe {
    private let address: () -> ModelServerAddress?
    private let loop: EventLoop
    private let onReady: (_ hasAnswered: Bool) -> Void
    private let begunAt: Instant
    private var socket: FileDescriptor?
    private var watch: Watch?
    private var timer: Timer?
    private var heard: [UInt8] = []
    private var questions = 0

    /// How long after an answer the next question follows: at first, and after some time.
    private static let intervalMin = Duration.milliseconds(200), intervalMax = Duration.seconds(2)
    /// How long an answer may take, and how long a server may load its model: one of hundreds of gigabytes is read from
    /// a disk in this time. Nobody is killed for an address that is written wrong.
    private static let answerMax = Duration.seconds(5), loadingMax = Duration.seconds(30 * 60)
    private static let question = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    /// As long as `HTTP/1.1 200`.
    private static let statusLineBytes = 12

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - address: Where the server listens now; nil when it is not to be asked any more.
    ///   - onReady: Called once, unless `cancel` comes before: whether it has answered, and not just had its time.
    init(of address: @escaping () -> ModelServerAddress?, loop: EventLoop, onReady: @escaping (Bool) -> Void) {
        (self.address, self.loop, self.onReady) = (address, loop, onReady)
        begunAt = loop.time
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
        guard let address = address() else { return end(hasAnswered: true) }
        if loop.time - begunAt > Self.loadingMax { return end(hasAnswered: false) }
        questions += 1
        do throws(SystemCallError) {
            let socket = try connect(to: address)
            watch = try loop.watch(socket.raw, for: .write) { [weak self] _ in self?.proceed() }
            self.socket = consume socket
            timer = loop.schedule(after: Self.answerMax) { [weak self] in self?.ask() }
        } catch {
            askLater()  // it does not listen yet
        }
    }

    private func connect(to address: ModelServerAddress) throws(SystemCallError) -> FileDescriptor {
        switch address {
        case .unix(let path): try UnixSocket.connect(path, .stream)
        case .loopback(let hosts, let port):
            // Of several addresses of a name a server may have any.
            try LoopbackSocket.connect(host: hosts[questions % hosts.count], port: port)
        }
    }

    private func askLater() {
        cancel()
        let pause = min(Self.intervalMax, max(Self.intervalMin, (loop.time - begunAt) / 10))
        timer = loop.schedule(after: pause) { [weak self] in self?.ask() }
    }

    /// The socket can be written to at first, and read from after that.
    private func proceed() {
        do throws(SystemCallError) {
            if watch?.interest == .write {
                guard try send() else { return }
                watch?.change(to: .read)
                return
            }
            guard let count = try receive() else { return }
            if heard.count < Self.statusLineBytes, count > 0 { return }
            if isReady { end(hasAnswered: true) } else { askLater() }
        } catch {
            askLater()
        }
    }

    /// - Returns: Whether the kernel has taken the question.
    private func send() throws(SystemCallError) -> Bool {
        var failure: SystemCallError?
        let isSent = Array(Self.question.utf8).withUnsafeBytes { bytes in
            do throws(SystemCallError) {
                return try socket?.write(bytes) != nil
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return isSent
    }

    /// Reads without room for descriptors: they would be ours to close.
    ///
    /// - Returns: How many bytes have come, 0 at the end; nil when there are none yet.
    private func receive() throws(SystemCallError) -> Int? {
        var failure: SystemCallError?, count: Int?
        heard += [UInt8](unsafeUninitializedCapacity: Self.statusLineBytes - heard.count) { buffer, filled in
            do throws(SystemCallError) {
                count = try socket?.read(into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
            filled = count ?? 0
        }
        if let failure { throw failure }
        return count
    }

    /// Whether the status is any but that of a server that loads.
    private var isReady: Bool {
        let line = String(decoding: heard, as: UTF8.self)
        return line.hasPrefix("HTTP/1.") && Int(line.suffix(3)).map { $0 != 503 } == true
    }

    private func end(hasAnswered: Bool) {
        cancel()
        onReady(hasAnswered)
    }
}
