import EventStream
import JSON
import Services

/// One request by Streamable HTTP and what comes back: the part that understands.
///
/// See: MCP 2026-07-28, Streamable HTTP; MCP 2025-11-25, Transports, Streamable HTTP
public struct MCPExchange: Sendable {
    /// What the request is.
    public enum Purpose: Hashable, Sendable {
        /// It carries a message.
        case message(MCPOutgoing.Kind)
        /// It asks a server of the handshake generation for what belongs to no request.
        case listening
    }

    /// What has come.
    public enum Event: Hashable, Sendable {
        /// The head of the answer, with its `Content-Type` and `Location`.
        case response(status: Int, type: String?, location: String?)
        /// A piece of the body.
        case bytes([UInt8])
        /// The body is complete.
        case completed
        /// The connection has broken: why.
        case broken(String)
        /// Nothing of the request has been sent: why.
        case unreached(String)
    }

    /// What it means.
    public enum News: Hashable, Sendable {
        /// A message of the server's.
        case message([UInt8])
        /// The request has no answer. For one that wants none, why it was not taken.
        case failed(MCPTransportFailure)
        /// The answer goes on behind an event of a stream, which can be asked for after a time.
        case resume(lastEvent: String, after: Duration)
        /// The server wants a token, or another one.
        case unauthorized(status: Int)
        /// The server knows nothing of the session any more.
        case sessionLost
    }

    private enum Body: Sendable {
        case none, document([UInt8]), refusal(status: Int, location: String?, [UInt8])
        case stream(ServerSentEventParser)
        /// Nothing of it is wanted any more.
        case ended
    }

    /// What the request is.
    public let purpose: Purpose
    /// Whether the server has refused it by a status.
    public private(set) var isRefused = false

    private let isModern: Bool
    private let hasSession: Bool
    private var body = Body.none

    /// How much of a refusal is read.
    private static let refusalBytesMax = 65_536
    /// How soon, and how late, a stream is taken up again, whatever the server says.
    private static let retryRange = Duration.milliseconds(100)...Duration.seconds(30)

    /// An exchange of which nothing has come.
    ///
    /// - Parameters:
    ///   - isModern: Whether the message is of the modern generation, whose streams cannot be taken up again.
    ///   - hasSession: Whether the request names a session.
    public init(_ purpose: Purpose, isModern: Bool, hasSession: Bool) {
        self.purpose = purpose
        self.isModern = isModern
        self.hasSession = hasSession
    }

    /// The id of the request that the exchange is for.
    public var request: Int? {
        if case .message(.request(let id, _, _)) = purpose { return id }
        return nil
    }

    /// Whether its answer begins a session.
    public var isHandshake: Bool {
        if case .message(.request(_, "initialize", _)) = purpose { return true }
        return false
    }

    /// The exchange that asks for the rest of a stream.
    public var resumed: MCPExchange { MCPExchange(purpose, isModern: isModern, hasSession: hasSession) }

    /// Whether the server may have done something although it has not said so.
    private var isCall: Bool {
        if case .message(.request(_, "tools/call", _)) = purpose { return true }
        return false
    }

    /// Decides what an event means.
    public mutating func receive(_ event: Event) -> [News] {
        switch event {
        case .response(let status, let type, let location): return head(status, type ?? "", location)
        case .bytes(let bytes): return read(bytes)
        case .completed: return end(nil)
        case .broken(let reason): return end(reason)
        case .unreached(let reason): return finish(.failed(.unreached(reason)))
        }
    }

    private mutating func finish(_ news: News) -> [News] {
        if case .ended = body { return [] }
        body = .ended
        return [news]
    }

    private mutating func head(_ status: Int, _ type: String, _ location: String?) -> [News] {
        isRefused = status >= 300
        switch status {
        case 401, 403: return finish(.unauthorized(status: status))
        case 404 where hasSession: return finish(.sessionLost)
        case 200..<300:
            let type = type.prefix { $0 != ";" && $0 != " " }.lowercased()
            switch type {
            case "text/event-stream":
                body = .stream(ServerSentEventParser(bytesMax: MCPLimits.messageBytesMax))
            case "application/json" where request != nil: body = .document([])
            case _ where request == nil: body = .ended
            case _:
                let reason = "it has answered with HTTP \(status) and \(type.isEmpty ? "no message" : "`\(type)`")"
                return finish(.failed(isCall ? .lost(reason) : .refused(reason)))
            }
        case _: body = .refusal(status: status, location: location, [])
        }
        return []
    }

    private mutating func read(_ bytes: [UInt8]) -> [News] {
        switch body {
        case .none, .ended: return []
        case .document(let before):
            guard before.count + bytes.count <= MCPLimits.messageBytesMax else {
                let size = "more than \(MCPLimits.messageBytesMax >> 20) MiB"
                return finish(.failed(.lost("its answer has \(size), which is not read")))
            }
            body = .document(before + bytes)
        case .refusal(let status, let location, let before):
            let more = bytes.prefix(max(0, Self.refusalBytesMax - before.count))
            body = .refusal(status: status, location: location, before + more)
        case .stream(var parser):
            body = .none  // so that the parser is not copied
            do throws(StreamProblem) {
                let events = try parser.feed(bytes)
                body = .stream(parser)
                return events.compactMap(Self.message)
            } catch {
                return finish(.failed(.lost("\(error)")))
            }
        }
        return []
    }

    /// The message of an event; nil for one of another name, and for one that only tells its id.
    private static func message(_ event: ServerSentEvent) -> News? {
        guard event.name == nil || event.name == "message", !event.data.isEmpty else { return nil }
        return .message(event.data)
    }

    /// - Parameter reason: Why the connection has broken; nil when the body is complete.
    private mutating func end(_ reason: String?) -> [News] {
        defer { body = .ended }
        switch body {
        case .ended: return []
        case .none: return [.failed(.lost(reason ?? "it has answered with nothing"))]
        case .document(let bytes):
            guard reason == nil, !bytes.isEmpty else {
                return [.failed(.lost(reason ?? "it has answered with nothing"))]
            }
            return [.message(bytes)]
        case .refusal(let status, let location, let bytes): return [refusal(status, location, bytes)]
        case .stream(let parser):
            if !isModern, let last = parser.lastID, request != nil || purpose == .listening {
                let retry = parser.retry ?? .seconds(1)
                let after = min(max(retry, Self.retryRange.lowerBound), Self.retryRange.upperBound)
                return [.resume(lastEvent: last, after: after)]
            }
            return [.failed(.lost(reason ?? "its stream has ended before the answer"))]
        }
    }

    /// What a status of 300 or more means: an error of the protocol, if the body is one.
    private func refusal(_ status: Int, _ location: String?, _ bytes: [UInt8]) -> News {
        if let request, let value = try? JSONTextReader.value(of: bytes), let error = value["error"],
            error["code"]?.whole != nil
        {
            // Some servers leave the id out of a refusal by status; there is one request that it can be for.
            return .message(MCPOutgoing.answer(to: .integer(request), error: error).json)
        }
        let words = String(decoding: bytes.prefix(2_000), as: UTF8.self).outsideLine(bytesMax: MCPLimits.noteBytesMax)
        let isPage = words.hasPrefix("<")
        let reason = "HTTP \(status)" + (words.isEmpty || isPage ? "" : ": \(words)")
        if (300..<400).contains(status) {
            let place = (location ?? "an address that it does not name").outsideLine(bytesMax: MCPLimits.noteBytesMax)
            return .failed(.refused("HTTP \(status), which sends elsewhere: name that in `url`: \(place)"))
        }
        return .failed(status >= 500 ? .lost(reason) : .refused(reason))
    }
}
