import Bus
import JSON
import Services

/// A message that a subscription got.
public struct BusMessage: Sendable {
    /// Where it was published.
    public let subject: Subject
    /// Where an answer goes, when one is wanted.
    public let reply: Subject?
    /// The content: a JSON object.
    public let payload: [UInt8]
    /// 503 when it is the broker's answer that nobody serves a request; otherwise nil.
    let status: Int?
    /// The refusal that the headers tell, if they do.
    let refusal: ServiceFailure?

    init(_ publication: Publication) {
        subject = Subject(received: publication.subject)
        reply = publication.reply.map { Subject(received: $0) }
        payload = Array(publication.payload)
        status = publication.status
        refusal = publication.headers.flatMap {
            ServiceFailure(headers: MessageHeaders(block: $0), payload: Array(publication.payload))
        }
    }

    /// The content as a value.
    ///
    /// - Throws: `JSONProblem`, whose text says where the two differ.
    public func decode<Value: Decodable>(_ type: Value.Type) throws(JSONProblem) -> Value {
        try JSON.decode(type, from: payload)
    }
}

/// A place in the stream of messages, until it is cancelled. It survives the broker's restarts. Dropping the value does
/// not end it.
public final class Subscription {
    let pattern: SubjectPattern
    let queue: String?
    let handler: (BusMessage) -> Void
    private let sid: UInt64
    private weak var client: BusClient?

    init(
        client: BusClient, sid: UInt64, pattern: SubjectPattern, queue: String?, handler: @escaping (BusMessage) -> Void
    ) {
        self.client = client
        self.sid = sid
        self.pattern = pattern
        self.queue = queue
        self.handler = handler
    }

    /// Ends the subscription; the handler is not called again.
    public func cancel() { client?.cancel(sid: sid) }

    var subscribeFrame: Frame {
        .subscribe(
            subject: Array(pattern.description.utf8)[...], queue: queue.map { Array($0.utf8)[...] },
            sid: Array(String(sid).utf8)[...])
    }
}
