import Bus
import JSON
import Services

/// The way back to whoever asked. It may be kept, and used later or more than once; without a reply subject it says
/// nothing.
public struct Responder<Reply: Encodable> {
    private let client: BusClient
    private let subject: Subject?

    init(client: BusClient, subject: Subject?) {
        self.client = client
        self.subject = subject
    }

    /// Answers.
    public func reply(_ value: Reply) { send(JSON.encode(value)) }

    /// Answers with the JSON text of a reply.
    public func reply(json text: [UInt8]) { send(text) }

    /// Sends one of several answers.
    public func each(_ value: Reply) { send(JSON.encode(value)) }

    /// Refuses.
    public func fail(_ failure: ServiceFailure) {
        if let subject { client.publish(failure.payload, to: subject, headers: failure.headers) }
    }

    /// Answers with what something came to.
    public func complete(_ result: Result<Reply, ServiceFailure>) {
        switch result {
        case .success(let value): reply(value)
        case .failure(let failure): fail(failure)
        }
    }

    private func send(_ payload: [UInt8]) {
        guard let subject else { return }
        guard payload.count <= ProtocolLimits.payloadBytesMax else {
            return fail(
                ServiceFailure(.exhausted, "the answer of \(payload.count) bytes is more than a message may hold"))
        }
        client.publish(payload, to: subject)
    }
}

extension BusClient {
    // MARK: Serving

    /// Serves an operation of this process's service, in the queue group of the service's name.
    ///
    /// A request that does not decode is refused as `invalid`, with the place where it is wrong.
    ///
    /// - Parameters:
    ///   - handler: Gets the request, who asks, and the way back.
    public func serve<Operation: ServiceOperation>(
        _ operation: Operation.Type,
        _ handler: @escaping (Operation.Request, Principal, Responder<Operation.Reply>) -> Void
    ) {
        subscribeRequests(operation) { [unowned self] message, caller in
            let responder = Responder<Operation.Reply>(client: self, subject: message.reply)
            do throws(JSONProblem) {
                handler(try message.decode(Operation.Request.self), caller, responder)
            } catch {
                responder.fail(ServiceFailure(.invalid, "\(Operation.service.rawValue).\(Operation.name): \(error)"))
            }
        }
    }

    /// Serves an operation by passing its requests on to another service, in this process's own name; the answer goes
    /// from there straight to the asker. Both operations have the same request and reply.
    ///
    /// - Parameters:
    ///   - checking: Looks at each request first; what it returns is the refusal.
    public func relay<Operation: ServiceOperation, Other: ServiceOperation>(
        _ operation: Operation.Type, to other: Other.Type,
        checking: @escaping (Operation.Request, Principal) -> ServiceFailure? = { _, _ in nil }
    ) where Operation.Request == Other.Request, Operation.Reply == Other.Reply {
        subscribeRequests(operation) { [unowned self] message, caller in
            let responder = Responder<Operation.Reply>(client: self, subject: message.reply)
            do throws(JSONProblem) {
                if let refusal = checking(try message.decode(Operation.Request.self), caller) {
                    responder.fail(refusal)
                } else if let name {
                    publish(
                        message.payload, to: .service(Other.service, Other.name, caller: name), reply: message.reply)
                }
            } catch {
                responder.fail(ServiceFailure(.invalid, "\(Operation.service.rawValue).\(Operation.name): \(error)"))
            }
        }
    }

    /// Takes requests on a pattern that is not a service's, as an agent does on `agent.<id>.turn`.
    ///
    /// - Parameters:
    ///   - handler: Gets the request and the way back. A request that does not decode is refused as `invalid`.
    @discardableResult
    public func subscribe<Request: Decodable, Reply: Encodable>(
        requests subject: Subject, as type: Request.Type, reply: Reply.Type,
        _ handler: @escaping (Request, Responder<Reply>) -> Void
    ) -> Subscription {
        subscribe(SubjectPattern(subject)) { [unowned self] message in
            let responder = Responder<Reply>(client: self, subject: message.reply)
            do throws(JSONProblem) {
                handler(try message.decode(Request.self), responder)
            } catch {
                responder.fail(ServiceFailure(.invalid, "\(subject): \(error)"))
            }
        }
    }

    private func subscribeRequests<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ handler: @escaping (BusMessage, Principal) -> Void
    ) {
        subscribe(.requests(Operation.service, Operation.name), queue: Operation.service.rawValue) { message in
            // The broker lets nobody put another's name here.
            guard let caller = Principal(token: message.subject.lastToken) else { return }
            handler(message, caller)
        }
    }
}
