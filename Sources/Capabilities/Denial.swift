import Services

/// A call that is not allowed: why, for programs and in words for the model and for people.
public struct Denial: Error, Hashable, Sendable {
    /// Why.
    public let code: DenialCode
    /// Who, what and why, on one line.
    public let message: String

    /// A denial.
    public init(_ code: DenialCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// As the answer to a request of the bus.
    public var failure: ServiceFailure { ServiceFailure(.denied, message) }
}
