import Services
import Time

/// What a server sends.
extension MCPSession {
    mutating func read(_ bytes: [UInt8], at now: Instant) {
        for piece in reader.read(bytes) {
            switch piece {
            case .line(let line): read(message: line, at: now)
            case .tooLong: skippedMessage(at: now)
            }
        }
    }

    mutating func read(message bytes: [UInt8], at now: Instant) {
        guard phase != .ended, phase != .idle else { return }
        guard bytes.count <= MCPLimits.messageBytesMax else { return skippedMessage(at: now) }
        let value: JSONValue
        do throws(JSONTextProblem) {
            value = try JSONTextReader.value(of: bytes)
        } catch {
            let beginning = String(decoding: bytes.prefix(MCPLimits.noteBytesMax), as: UTF8.self)
            let words = beginning.outsideLine(bytesMax: MCPLimits.noteBytesMax)
            return note(.noMessage, "\(subject) has written a line that is no message (\(error.rawValue)): \(words)")
        }
        for message in MCPMessage.all(in: value) {
            // One message may end the session.
            guard phase != .ended, phase != .idle else { return }
            take(message, at: now)
        }
    }

    private mutating func take(_ message: MCPMessage?, at now: Instant) {
        switch message {
        case .response(let id, let response): take(response, to: id, at: now)
        case .request(let id, let method, let params): serve(id, method, params, at: now)
        case .notification(let method, let params): hear(method, params, at: now)
        case nil: note(.noMessage, "\(subject) has written JSON that is no message of JSON-RPC 2.0")
        }
    }

    private mutating func take(_ response: MCPResponse, to id: Int?, at now: Instant) {
        guard let id, let purpose = requests.removeValue(forKey: id) else {
            // What was cancelled or given up may be answered all the same.
            if let id, (1...max(1, lastID)).contains(id) { return }
            if case .error(let error) = response {
                return note(.unknownResponse, "\(subject) tells of an error of no request: \(error.text)")
            }
            return note(.unknownResponse, "\(subject) has answered a request that there is not")
        }
        switch purpose {
        case .probe: discovered(response, at: now)
        case .handshake: handshaken(response, at: now)
        case .page: listed(response, at: now)
        case .listen: listened(response, at: now)
        case .call(let call): answered(call, response, at: now)
        }
    }

    /// A message was too long to be read. If one answer alone was waited for, it was that.
    private mutating func skippedMessage(at now: Instant) {
        guard phase != .ended, phase != .idle else { return }
        let size = "more than \(MCPLimits.messageBytesMax >> 20) MiB"
        note(.tooLong, "\(subject) has written a message of \(size), which is not read")
        let awaited = requests.filter { $0.value != .listen }
        guard awaited.count == 1, let id = awaited.first?.key else { return }
        fail(request: id, .lost("its answer has \(size), which is not read"), at: now)
    }

    mutating func fail(request id: Int, _ failure: MCPTransportFailure, at now: Instant) {
        guard let purpose = requests.removeValue(forKey: id) else { return }
        let words = failure.reason.outsideLine(bytesMax: MCPLimits.noteBytesMax)
        switch purpose {
        case .probe where failure == .refused(failure.reason): discovered(.error(MCPError(.string(words))), at: now)
        case .probe: end("has not answered `server/discover`: \(words)")
        case .handshake: end("has not answered `initialize`: \(words)")
        case .page:
            answerDue = nil
            breakOffListing("has not answered `tools/list`: \(words)")
        case .listen: listenDue = now + MCPLimits.listenPause
        case .call(let call):
            let outcome =
                switch failure {
                case .refused: ToolOutcome(.failed, "\(subject) has refused the call: \(words)")
                case .unreached:
                    ToolOutcome(.failed, "\(subject) cannot be reached: \(words). The tool was not called.")
                case .lost:
                    ToolOutcome(.unknown, "Whether \(subject.lowercasedFirst) has done it is not known: \(words)")
                }
            finish(call, outcome, at: now)
        }
    }

    /// Answers a request of the server's. Those of the modern generation make none, and no answer to one may be sent.
    private mutating func serve(_ id: JSONValue, _ method: String, _ params: JSONValue, at now: Instant) {
        guard generation != .modern else { return refuse(method) }
        switch method {
        case "ping": send(.result(id, [:]))
        case "elicitation/create" where settings.asksPeople: elicit(id, params, at: now)
        default:
            refuse(method)
            send(.error(id, code: MCPErrorCode.methodNotFound, "Egghead does not offer this method"))
        }
    }

    private mutating func refuse(_ method: String) {
        let name = method.outsideLine(bytesMax: 64)
        note(.refusedRequest, "\(subject) has asked for `\(name)`, which it is not given")
    }

    private mutating func hear(_ method: String, _ params: JSONValue, at now: Instant) {
        switch method {
        case "notifications/tools/list_changed": listChanged(at: now)
        case "notifications/progress": progressed(params, at: now)
        case "notifications/cancelled":
            guard let id = params["requestId"] else { return }
            if let number = id.whole { subscriptionEnded(number, at: now) }
            withdrawQuestion(of: id, at: now)
        case "notifications/message":
            let level = params["level"]?.string?.outsideLine(bytesMax: 16) ?? "info"
            let data = params["data"] ?? .null
            let words = (data.scalarText ?? data["msg"]?.string ?? data["message"]?.string ?? "an object")
            note(.log, "\(level): \(words.outsideLine(bytesMax: MCPLimits.noteBytesMax))")
        case "notifications/subscriptions/acknowledged", "notifications/resources/list_changed",
            "notifications/prompts/list_changed", "notifications/resources/updated":
            break
        default: note(.ignored, "\(subject) has sent `\(method.outsideLine(bytesMax: 64))`, which is not known")
        }
    }
}

extension String {
    /// For the middle of a sentence.
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
