import Bus
import Runtime
import Services

/// What a request does when nobody serves it or the connection breaks.
public enum RequestRetry: Hashable, Sendable {
    /// It fails as `unavailable`.
    case never
    /// It is sent again until its deadline, also when the service itself says that it is `unavailable` just now. The
    /// request must bear being done twice: it only reads, or it carries an id that its service recognises.
    case untilDeadline
}

/// A request that waits for its answer, or a stream that waits for the next one.
final class PendingRequest {
    /// What a message comes to.
    enum Outcome {
        /// It is the answer; the closure hands it on to whoever asks.
        case answered(deliver: () -> Void)
        /// The service refuses.
        case refused(ServiceFailure)
    }

    /// Who is asked, for messages: `store.get`, or a subject.
    let label: String
    /// The service that is asked, whose death is looked out for; nil when it is none.
    let service: ServiceName?
    let subject: (Principal) -> Subject
    let payload: [UInt8]
    let isStream: Bool
    let retry: RequestRetry
    /// Reads a message as the answer.
    let read: (BusMessage) -> Outcome
    /// Tells whoever asks that there is no answer.
    let fail: (ServiceFailure) -> Void
    /// The subject that it was last sent to, nil while it waits to be sent.
    var sentTo: Subject?
    /// What went wrong with the last try.
    var lastFailure: ServiceFailure?
    var delay = RetryDelay()
    var deadline: Timer?

    init(
        label: String, service: ServiceName? = nil, subject: @escaping (Principal) -> Subject, payload: [UInt8],
        isStream: Bool, retry: RequestRetry, read: @escaping (BusMessage) -> Outcome,
        fail: @escaping (ServiceFailure) -> Void
    ) {
        self.label = label
        self.service = service
        self.subject = subject
        self.payload = payload
        self.isStream = isStream
        self.retry = retry
        self.read = read
        self.fail = fail
    }
}

/// The requests of a client by number; the number is the last token of the inbox that the answer comes to.
struct RequestTable {
    private var pending: [UInt64: PendingRequest] = [:]
    private var last: UInt64 = 0

    /// The numbers in the order of asking.
    var numbers: [UInt64] { pending.keys.sorted() }

    subscript(number: UInt64) -> PendingRequest? { pending[number] }

    mutating func insert(_ request: PendingRequest) -> UInt64 {
        last += 1
        pending[last] = request
        return last
    }

    mutating func remove(_ number: UInt64) -> PendingRequest? { pending.removeValue(forKey: number) }
}
