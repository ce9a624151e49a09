import FoundationEssentials
import JSON
import MCP
import Services
import Time

/// A session and what it has done, a line for each thing, in the form of the files in `Golden/`.
///
/// ```
/// @ 12        the time, in milliseconds          > …   a message of ours
/// s e t q     started, exited, timer, stop       * …   another action
/// < …         a line of the server's
/// ! c1 …      a call     x c1   its cancellation     a 1 …   an answer to a question
/// ```
struct PlayedSession {
    private(set) var session: MCPSession
    private(set) var lines: [String] = []
    /// When the session's timer fires.
    private(set) var timer: Instant?
    var now = Instant.zero

    init(_ session: MCPSession) { self.session = session }

    mutating func handle(_ event: MCPSession.Event) {
        for action in session.handle(event, at: now) { tell(action) }
    }

    /// Plays the lines of an exchange that are events, and keeps all lines that there were.
    ///
    /// - Parameter piece: How many bytes of a line are read at once.
    mutating func play(_ exchange: [String], piece: Int) {
        for line in exchange where !line.hasPrefix(">") && !line.hasPrefix("*") {
            lines.append(line)
            let rest = String(line.dropFirst(2)), word = rest.prefix { $0 != " " }
            let body = String(rest.dropFirst(word.count + 1))
            switch line.prefix(1) {
            case "@": now = Instant(nanoseconds: (Int64(rest) ?? 0) * 1_000_000)
            case "s": handle(.started)
            case "e": handle(.exited("the process has exited"))
            case "t": handle(.timer)
            case "q": handle(.stop)
            case "<": read(Array(rest.utf8) + [UInt8(ascii: "\n")], piece: piece)
            case "!": handle(.call(call(String(word), body)))
            case "x": handle(.cancel(call: rest))
            case "a": handle(.answer(elicitation: Int(word) ?? 0, Self.answer(body)))
            default: lines.append("an unknown line")
            }
        }
    }

    private mutating func read(_ bytes: [UInt8], piece: Int) {
        for start in stride(from: 0, to: bytes.count, by: piece) {
            handle(.bytes(Array(bytes[start..<min(bytes.count, start + piece)])))
        }
    }

    private func call(_ id: String, _ body: String) -> MCPCall {
        let value = Self.value(body)
        guard case .object(let arguments) = value["arguments"] ?? .object([:]) else { preconditionFailure(body) }
        return MCPCall(id: id, tool: value["tool"]?.string ?? "", arguments: arguments, deadline: now + .seconds(30))
    }

    private static func answer(_ body: String) -> ElicitationAnswer {
        switch value(body) {
        case .object(let content): .accept(content)
        case .string("decline"): .decline
        case .null, .bool, .integer, .number, .string, .array: .cancel
        }
    }

    private static func value(_ text: String) -> JSONValue {
        (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null
    }

    private mutating func tell(_ action: MCPSession.Action) {
        switch action {
        case .send(let message): lines.append("> " + String(decoding: message.json, as: UTF8.self))
        case .setTimer(let time): timer = time
        case .restart: lines.append("* restart")
        case .remember(let generation): lines.append("* remember \(generation?.rawValue ?? "nothing")")
        case .ready(let server, let tools):
            lines.append("* ready \(server.name ?? "-") \(server.protocolVersion) \(Self.names(tools))")
        case .toolsChanged(let tools): lines.append("* tools \(Self.names(tools))")
        case .progress(let call, let progress): lines.append("* progress \(call) \(Self.text(progress))")
        case .finished(let call, let outcome): lines.append("* finished \(call) \(Self.text(outcome))")
        case .ask(let elicitation): lines.append("* ask \(Self.text(elicitation))")
        case .answerRefused(let id, let problems): lines.append("* refused \(id) \(problems)")
        case .withdraw(let id): lines.append("* withdraw \(id)")
        case .note(let note): lines.append("* note \(note.kind.rawValue) \(note.count) \(note.text)")
        case .closeStream(let id): lines.append("* close \(id)")
        case .failed(let reason): lines.append("* failed \(reason)")
        }
    }

    private static func names(_ tools: [MCPTool]) -> String { tools.map(\.menuName).joined(separator: " ") }
    private static func text(_ value: some Encodable) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }
}
