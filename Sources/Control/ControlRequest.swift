import Glibc
import JSON
import LinuxSystem
import Runtime
import Services

/// One request to eggheadd over `run/control.sock`, which eggheadd also answers when the broker is down. The request
/// and the reply are one line of JSON each.
public final class ControlRequest {
    private let path: String
    private let operation: String
    private let loop: EventLoop
    private let completion: (Result<[UInt8], ServiceFailure>) -> Void
    private var socket: FileDescriptor?
    /// The process at the other end, when it is known.
    private var listener: pid_t?
    private var watch: Watch?
    private var deadline: Timer?
    private var output: [UInt8]
    private var input: [UInt8] = []

    /// The longest reply, in bytes.
    static let answerBytesMax = 16 * 1_048_576

    /// Sends a request and returns at once. The request exists until it is answered.
    ///
    /// - Parameters:
    ///   - path: The control socket.
    ///   - deadline: The time after which it fails with `timeout`.
    ///   - completion: Called once, with the reply or the failure: `unavailable` if eggheadd is not running. Never
    ///     called before this function returns.
    public static func send<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, to path: String, loop: EventLoop,
        deadline: Duration = .seconds(10), completion: @escaping (Result<Operation.Reply, ServiceFailure>) -> Void
    ) {
        let control = ControlRequest(Operation.name, line(Operation.name, request), path, loop) { answer in
            completion(answer.flatMap { decode($0) })
        }
        control.deadline = loop.schedule(after: deadline) {
            let silence = "no answer within \(deadline); \(control.adviceOnSilence)"
            control.finish(.failure(control.failure(.timeout, silence)))
        }
        loop.schedule(after: .zero) { control.open() }
    }

    private init(
        _ operation: String, _ line: [UInt8], _ path: String, _ loop: EventLoop,
        _ completion: @escaping (Result<[UInt8], ServiceFailure>) -> Void
    ) {
        self.operation = operation
        self.path = path
        self.loop = loop
        self.completion = completion
        output = line
    }

    /// The line that is sent: the keys of the request, and the key `operation`.
    private static func line(_ operation: String, _ request: some Encodable) -> [UInt8] {
        var members = ["operation": JSONValue.string(operation)]
        if case .object(let keys)? = try? JSON.decode(JSONValue.self, from: JSON.encode(request)) {
            members.merge(keys) { own, _ in own }
        }
        return JSON.encode(JSONValue.object(members)) + [UInt8(ascii: "\n")]
    }

    private static func decode<Reply: Decodable>(_ line: [UInt8]) -> Result<Reply, ServiceFailure> {
        if let failure = try? JSON.decode(FailureReply.self, from: line) { return .failure(failure.error) }
        do throws(JSONProblem) {
            return .success(try JSON.decode(Reply.self, from: line))
        } catch {
            return .failure(
                ServiceFailure(.internalError, "an answer of eggheadd that this build does not know: \(error)"))
        }
    }

    private func open() {
        do throws(NodeSocket.Problem) {
            let socket = try NodeSocket.connect(path)
            listener = (try? UnixSocket.peer(of: socket))?.pid
            do throws(SystemCallError) {
                watch = try loop.watch(socket.raw, for: [.read, .write]) { [self] readiness in
                    if readiness.contains(.writable) { write() }
                    if readiness.contains(.readable) { read() }
                }
            } catch {
                throw .system(error)
            }
            self.socket = consume socket
        } catch {
            finish(.failure(Self.unreachable(path, error)))
        }
    }

    /// What a person can do when eggheadd accepts a request and does not answer.
    private var adviceOnSilence: String {
        guard let pid = listener else { return "`egghead ps` shows whether it answers again" }
        if ProcessInformation.isHalted(pid) { return "process \(pid) is stopped; `kill -CONT \(pid)` lets it go on" }
        return
            "process \(pid) is busy or hangs; if `egghead ps` does not answer either, end it and start the node again"
    }

    /// The failure to connect to eggheadd, with advice.
    static func unreachable(_ path: String, _ problem: NodeSocket.Problem) -> ServiceFailure {
        let reason: String
        switch problem {
        case .system(let error):
            let isRefused = error.errno == EACCES || error.errno == EPERM
            let advice = isRefused ? "join the group egghead or use sudo" : Home.startAdvice
            reason = "\(String(cString: strerror(error.errno))); \(advice)"
        case .untrusted: reason = "\(problem); name your own node with --home"
        }
        return ServiceFailure(.unavailable, "connecting to eggheadd at \(path): \(reason)")
    }

    private func write() {
        while !output.isEmpty {
            // If the peer has closed the connection, reading reports it.
            guard let count = output.withUnsafeBytes({ bytes in try? socket?.write(bytes) }) else { break }
            output.removeFirst(count)
        }
        if output.isEmpty { watch?.change(to: .read) }
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        do {
            guard let count = try buffer.withUnsafeMutableBytes({ bytes in try socket?.read(into: bytes) }) else {
                return
            }
            input += buffer[..<count]
            if let newline = input.firstIndex(of: UInt8(ascii: "\n")) {
                finish(.success(Array(input[..<newline])))
            } else if count == 0 || input.count > Self.answerBytesMax {
                finish(
                    .failure(
                        failure(.unavailable, "eggheadd closed the connection; does this user belong to the node?")))
            }
        } catch {
            finish(.failure(failure(.unavailable, "\(error)")))
        }
    }

    private func failure(_ code: ServiceFailure.Code, _ answer: String) -> ServiceFailure {
        ServiceFailure(code, "asking eggheadd at \(path) for \(operation): \(answer)")
    }

    private func finish(_ result: Result<[UInt8], ServiceFailure>) {
        guard let deadline else { return }
        deadline.cancel()
        self.deadline = nil
        watch?.cancel()
        watch = nil
        socket = nil
        completion(result)
    }
}
