import Glibc
import LinuxSystem
import Runtime
import Services
import Terminal

/// A login at a server elsewhere: the address is printed, and what the browser or the person brings back is handed to
/// the server's process. No token comes here.
///
/// See: RFC 8252 §7.3, Loopback Interface Redirection
final class LoginWait {
    private let session: NodeSession
    private let server: String
    private let listener: FileDescriptor
    private let redirect: String
    private var watches: [Watch] = []
    private var browsers: [CInt: Browser] = [:]

    /// Where browsers come back to, if nobody else is there.
    private static let port: UInt16 = 8_765
    /// How long a person may take.
    private static let patience = Duration.seconds(600)
    /// How long a step may take: the server's process asks an authorization server.
    private static let stepTime = Duration.seconds(70)
    /// The longest head of a request, in bytes.
    private static let headBytesMax = 16_384

    private struct Browser {
        let descriptor: SharedDescriptor
        var head: [UInt8] = []
        var watch: Watch?
    }

    /// Logs in.
    ///
    /// - Throws: `CommandFailure`: why the login has failed.
    static func run(for server: String, _ place: Place) throws {
        let wait = try LoginWait(server: server, session: try NodeSession(place))
        wait.begin()
        try withExtendedLifetime(wait) { try wait.session.run() }
        wait.watches.forEach { $0.cancel() }
    }

    private init(server: String, session: NodeSession) throws {
        (self.server, self.session) = (server, session)
        // The same port each time saves a registration, and is what some servers are told beforehand.
        listener =
            try (try? LoopbackSocket.listen(host: "127.0.0.1", port: Self.port))
            ?? LoopbackSocket.listen(host: "127.0.0.1", port: 0)
        redirect = "http://\(try LoopbackSocket.ownPlace(of: listener))/callback"
    }

    private func begin() {
        step(.begin(redirect: redirect)) { [unowned self] address in
            guard let address else { return session.end() }
            Output.print([
                "Open this address in a browser:", "", "  " + SafeText.line(address), "",
                "It comes back to this command by itself. If the browser is on another machine, paste the address at "
                    + "which it ends here.",
            ])
            listen()
            session.loop.schedule(after: Self.patience) { [unowned self] in
                session.fail(CommandFailure(.failure, "login: nobody has come back within ten minutes"))
            }
        }
    }

    /// - Parameter refused: Called instead when what came back is not taken; the login is open still.
    private func step(
        _ step: Toolbox.Login.Step, refused: ((ServiceFailure) -> Void)? = nil, _ done: @escaping (String?) -> Void
    ) {
        let request = Toolbox.Login.Request(server: server, step: step)
        session.bus.request(Toolbox.Login.self, request, deadline: Self.stepTime) { [unowned self] result in
            switch result {
            case .success(let reply): done(reply.address)
            case .failure(let failure) where failure.code == .invalid && refused != nil: refused?(failure)
            case .failure(let failure) where failure.code == .unavailable:
                let advice = "see egghead mcp and egghead logs mcp:\(server)"
                session.fail(CommandFailure(.failure, "login: the MCP server \(server) does not answer; \(advice)"))
            case .failure(let failure): session.fail(failure)
            }
        }
    }

    private func finish() {
        Output.print("\(server): logged in")
        session.end()
    }

    // MARK: What comes back

    private func listen() {
        do {
            watches.append(try session.loop.watch(listener.raw, for: .read) { [unowned self] _ in accept() })
            // A file and a terminal can be waited for, and nothing else is asked.
            if isatty(STDIN_FILENO) == 1 {
                watches.append(try session.loop.watch(STDIN_FILENO, for: .read) { [unowned self] _ in readLine() })
            }
        } catch {
            session.fail(error)
        }
    }

    private func readLine() {
        guard let line = Swift.readLine(), !line.isEmpty else { return }
        step(.pasted(line), refused: { Output.complain($0.message) }) { [unowned self] _ in finish() }
    }

    private func accept() {
        guard let accepted = try? UnixSocket.accept(listener) else { return }
        let descriptor = SharedDescriptor(accepted), raw = descriptor.raw
        let watch = try? session.loop.watch(raw, for: .read) { [unowned self] _ in read(raw) }
        browsers[raw] = Browser(descriptor: descriptor, watch: watch)
    }

    private func read(_ raw: CInt) {
        guard var browser = browsers[raw] else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            guard let count = (try? browser.descriptor.read(into: buffer)) ?? nil else { return }
            browser.head += buffer[..<count]
            browsers[raw] = browser
            let text = String(decoding: browser.head, as: UTF8.self)
            if count > 0, !text.contains("\r\n\r\n"), browser.head.count < Self.headBytesMax { return }
            browser.watch?.cancel()
            browsers[raw] = nil
            answer(text, browser.descriptor)
        }
    }

    private func answer(_ head: String, _ descriptor: SharedDescriptor) {
        let words = head.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ")
        guard words.count == 3, words[0] == "GET", words[1].hasPrefix("/callback?") else {
            return Self.write("404 Not Found", "There is nothing here.", to: descriptor)
        }
        let query = String(words[1].drop { $0 != "?" }.dropFirst())
        let refused: (ServiceFailure) -> Void = { failure in
            Self.write("400 Bad Request", "That does not belong to the login that is open.", to: descriptor)
            Output.complain(failure.message)
        }
        step(.redirected(query: query), refused: refused) { [unowned self] _ in
            Self.write("200 OK", "Egghead is logged in. You can close this page.", to: descriptor)
            finish()
        }
    }

    private static func write(_ status: String, _ words: String, to descriptor: SharedDescriptor) {
        let body = "<!doctype html><title>Egghead</title><p>\(words)</p>\n"
        let text =
            "HTTP/1.1 \(status)\r\nContent-Type: text/html; charset=utf-8\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        _ = Array(text.utf8).withUnsafeBytes { try? descriptor.write($0) }
    }
}
