/// The processes that answer requests on the bus. The raw value is the process's name there.
public enum ServiceName: String, Codable, Sendable, CaseIterable {
    case broker, coordinator, eggheadd, index, llm, store, toolbox
}

/// One request that a service answers: its subject is `svc.<service>.<operation>.<caller>`.
///
/// The types are the contract between the processes: whoever asks and whoever answers use the same two structs, so a
/// key that one side renames does not compile on the other. Payloads on the wire are JSON objects with these keys.
public protocol ServiceOperation {
    /// What the caller sends.
    associatedtype Request: Codable & Sendable
    /// What the service sends back when it succeeds; a `Failure` object comes instead when it does not.
    associatedtype Reply: Codable & Sendable
    /// Who answers.
    static var service: ServiceName { get }
    /// The operation's token in the subject.
    static var name: String { get }
}

/// What a request or a reply holds when there is nothing to say: `{}`.
public struct Empty: Codable, Sendable, Hashable {
    /// An empty object.
    public init() {}
}

/// Why a service refused a request, as it travels: `{"error":{"code":"notFound","message":"…"}}`.
public struct ServiceFailure: Codable, Sendable, Hashable, Error, CustomStringConvertible {
    /// What kind of refusal it is; a program decides by this.
    public enum Code: String, Codable, Sendable {
        /// The request could not be understood, or a value in it is out of its range.
        case invalid
        /// What the request names does not exist.
        case notFound
        /// What the request would create exists already.
        case exists
        /// The record has changed since the revision that the caller has read.
        case stale
        /// The caller may not do this.
        case denied
        /// The service, or something that it needs, cannot be reached now; trying again later may help.
        case unavailable
        /// No answer came before the deadline.
        case timeout
        /// A quota, a budget or a bound is used up.
        case exhausted
        /// It was tried, and did not succeed; the message says why.
        case failed
        /// The service's own fault.
        case internalError

        /// Whether the same request may succeed a little later. This is the one policy of what is asked again.
        public var isTransient: Bool {
            switch self {
            case .unavailable, .timeout: true
            case .invalid, .notFound, .exists, .stale, .denied, .exhausted, .failed, .internalError: false
            }
        }
    }

    /// The kind.
    public var code: Code
    /// One line for a person: what was tried, on what, what the answer was, what to do.
    public var message: String

    /// A refusal of one kind, in words.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message alone.
    public var description: String { message }
}

/// The envelope of a refusal on the wire.
public struct FailureReply: Codable, Sendable, Hashable {
    /// Why.
    public var error: ServiceFailure

    /// Wraps a refusal.
    public init(_ error: ServiceFailure) { self.error = error }
}
