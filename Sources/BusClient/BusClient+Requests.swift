import Bus
import JSON
import Services

/// A stream of answers that can be ended early.
public final class StreamHandle {
    private weak var client: BusClient?
    private let number: UInt64

    init(client: BusClient, number: UInt64) {
        self.client = client
        self.number = number
    }

    /// Ends it on this side: no further answer is handed on. The service is not told.
    public func cancel() { _ = client?.requests.remove(number) }
}

extension BusClient {
    // MARK: Asking

    /// Asks a service; the answer comes once, and always.
    ///
    /// It fails at once when nobody serves it, or when the service's process ends before it has answered.
    ///
    /// - Parameters:
    ///   - deadline: After this span it fails: as `unavailable` when nobody was there to answer, else as `timeout`.
    ///   - completion: Gets the reply, or why there is none. Never called before this returns.
    public func request<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, deadline: Duration = .seconds(5),
        retry: RequestRetry = .never, completion: @escaping (Result<Operation.Reply, ServiceFailure>) -> Void
    ) {
        let pending = PendingRequest(
            label: "\(Operation.service.rawValue).\(Operation.name)", service: Operation.service,
            subject: { .service(Operation.service, Operation.name, caller: $0) }, payload: JSON.encode(request),
            isStream: false, retry: retry, read: Self.reader(completion), fail: { completion(.failure($0)) })
        watchLife(of: Operation.service)
        start(pending, deadline: deadline)
    }

    /// Tells a service something that is old news in a moment: it is not kept for a later connection, and no answer is
    /// wanted.
    public func tell<Operation: ServiceOperation>(_ operation: Operation.Type, _ request: Operation.Request) {
        guard isConnected, let name else { return }
        publish(request, to: .service(Operation.service, Operation.name, caller: name))
    }

    /// Asks whoever subscribes to a subject, such as an agent at `agent.<id>.turn`.
    ///
    /// - Parameters:
    ///   - type: What the answer is.
    ///   - deadline, retry, completion: As for a service.
    public func request<Reply: Decodable>(
        subject: Subject, _ request: some Encodable, as type: Reply.Type, deadline: Duration = .seconds(5),
        retry: RequestRetry = .never, completion: @escaping (Result<Reply, ServiceFailure>) -> Void
    ) {
        let pending = PendingRequest(
            label: subject.description, subject: { _ in subject }, payload: JSON.encode(request), isStream: false,
            retry: retry, read: Self.reader(completion), fail: { completion(.failure($0)) })
        start(pending, deadline: deadline)
    }

    /// Asks whoever subscribes to a subject, with a payload as it is to travel; the answer is not looked at.
    ///
    /// - Parameters:
    ///   - deadline, completion: As for a service.
    public func request(
        subject: Subject, payload: [UInt8], deadline: Duration = .seconds(5),
        completion: @escaping (Result<BusMessage, ServiceFailure>) -> Void
    ) {
        let pending = PendingRequest(
            label: subject.description, subject: { _ in subject }, payload: payload, isStream: false, retry: .never,
            read: { message in .answered { completion(.success(message)) } }, fail: { completion(.failure($0)) })
        start(pending, deadline: deadline)
    }

    /// Asks a service that answers more than once. It ends with the first failure, or when it is cancelled: the asker
    /// knows what the last answer of a good stream looks like, and how long a silence may be.
    public func stream<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request,
        onEach: @escaping (Result<Operation.Reply, ServiceFailure>) -> Void
    ) -> StreamHandle {
        let pending = PendingRequest(
            label: "\(Operation.service.rawValue).\(Operation.name)",
            subject: { .service(Operation.service, Operation.name, caller: $0) }, payload: JSON.encode(request),
            isStream: true, retry: .never, read: Self.reader(onEach), fail: { onEach(.failure($0)) })
        return StreamHandle(client: self, number: start(pending, deadline: nil))
    }

    @discardableResult
    private func start(_ pending: PendingRequest, deadline: Duration?) -> UInt64 {
        let number = requests.insert(pending)
        if pending.payload.count > ProtocolLimits.payloadBytesMax {
            let text = "asking \(pending.label): \(pending.payload.count) bytes are more than a message may hold"
            loop.schedule(after: .zero) { [weak self] in self?.finish(number, ServiceFailure(.invalid, text))
            }
            return number
        }
        if let deadline {
            pending.deadline = loop.schedule(after: deadline) { [weak self] in self?.expire(number, deadline) }
        }
        send(number)
        return number
    }

    private func send(_ number: UInt64) {
        guard let pending = requests[number], pending.sentTo == nil, let prefix = inboxPrefix, let name else { return }
        let subject = pending.subject(name)
        pending.sentTo = subject
        publish(pending.payload, to: subject, reply: prefix.inbox(number))
    }

    func sendWaitingRequests() {
        for number in requests.numbers { send(number) }
    }

    // MARK: Answers

    func receiveReply(_ message: BusMessage) {
        guard let number = UInt64(message.subject.lastToken), let pending = requests[number] else { return }
        if message.status != nil {
            return failed(
                number,
                ServiceFailure(
                    .unavailable, "asking \(pending.label): no process serves it now; `egghead ps` shows what is down"))
        }
        switch pending.read(message) {
        case .answered(let deliver):
            if !pending.isStream { end(number) }
            deliver()
        case .refused(let failure) where pending.retry == .untilDeadline && failure.code == .unavailable:
            failed(number, failure)  // the service is there, and asks to be asked again
        case .refused(let failure):
            finish(number, failure)
        }
    }

    /// A try has failed: again later, or the end.
    private func failed(_ number: UInt64, _ failure: ServiceFailure) {
        guard let pending = requests[number] else { return }
        guard pending.retry == .untilDeadline else { return finish(number, failure) }
        pending.lastFailure = failure
        pending.sentTo = nil
        loop.schedule(after: pending.delay.take()) { [weak self] in self?.send(number) }
    }

    private func expire(_ number: UInt64, _ deadline: Duration) {
        guard let pending = requests[number] else { return }
        let unsent = ServiceFailure(.unavailable, "asking \(pending.label): the broker cannot be reached")
        let silence = "no answer within \(deadline); `egghead ps` shows what is down"
        let silent = ServiceFailure(.timeout, "asking \(pending.label): \(silence)")
        finish(number, pending.lastFailure ?? (pending.sentTo == nil ? unsent : silent))
    }

    /// There is no answer, and there will be none.
    private func finish(_ number: UInt64, _ failure: ServiceFailure) { end(number)?.fail(failure) }

    /// Nobody waits for the answer any more.
    @discardableResult
    private func end(_ number: UInt64) -> PendingRequest? {
        let pending = requests.remove(number)
        pending?.deadline?.cancel()
        return pending
    }

    /// Looks out for the end of a service, so that nobody waits for the answers of a process that is dead.
    private func watchLife(of service: ServiceName) {
        // The table has no `sys.child` for agents, and without the broker nobody hears anything.
        guard name?.agent == nil, service != .broker, watchedServices.insert(service).inserted else { return }
        subscribe(SubjectPattern(.child(service.rawValue))) { [unowned self] message in
            guard let event = try? message.decode(ChildEvent.self) else { return }
            if event.endsLife { failRequests(to: service) }
            if event.event == .ready { repeatRequests(to: service) }
        }
    }

    private func failRequests(to service: ServiceName) {
        for number in requests.numbers {
            guard let pending = requests[number], pending.service == service, pending.sentTo != nil else { continue }
            failed(
                number,
                ServiceFailure(
                    .unavailable, "asking \(pending.label): \(service.rawValue) has ended; `egghead ps` shows why"))
        }
    }

    private func repeatRequests(to service: ServiceName) {
        for number in requests.numbers where requests[number]?.service == service { send(number) }
    }

    /// The connection is gone, and with it the answers to what was asked over it.
    func failRequestsInFlight() {
        for number in requests.numbers {
            guard let pending = requests[number], pending.sentTo != nil else { continue }
            failed(
                number,
                ServiceFailure(
                    .unavailable, "asking \(pending.label): the connection to the broker broke before the answer"))
        }
    }

    /// Gives the broker's refusal of a message to the request that it was.
    ///
    /// - Returns: Whether it was one.
    func failDeniedRequest(_ text: String) -> Bool {
        guard text.hasPrefix("Permissions Violation for Publish to \"") else { return false }
        let subject = text.split(separator: "\"").last.map(String.init)
        guard let number = requests.numbers.first(where: { requests[$0]?.sentTo?.description == subject }) else {
            return false
        }
        let label = requests[number]?.label ?? ""
        finish(
            number, ServiceFailure(.denied, "asking \(label): \(name?.description ?? "this process") may not")
        )
        return true
    }

    /// Reads messages as answers of a type and hands them on.
    private static func reader<Reply: Decodable>(
        _ completion: @escaping (Result<Reply, ServiceFailure>) -> Void
    ) -> (BusMessage) -> PendingRequest.Outcome {
        { message in
            do throws(JSONProblem) {
                switch try message.answer(Reply.self) {
                case .success(let reply): return .answered { completion(.success(reply)) }
                case .failure(let failure): return .refused(failure)
                }
            } catch {
                let failure = ServiceFailure(.internalError, "an answer that this build does not know: \(error)")
                return .answered { completion(.failure(failure)) }
            }
        }
    }
}
