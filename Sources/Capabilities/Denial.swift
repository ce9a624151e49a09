import Services

/// A call that is not allowed, or a part of what it does: why, for programs and in words for the model and for people.
public struct Denial: Error, Hashable, Sendable {
    /// Why.
    public let code: DenialCode
    /// Who, what and why, on one line.
    public let message: String
    /// Whether the call ran, and a part of what it did was denied.
    public let isOfPart: Bool

    /// A denial.
    public init(_ code: DenialCode, _ message: String, isOfPart: Bool = false) {
        self.code = code
        self.message = message
        self.isOfPart = isOfPart
    }

    /// As the answer to a request of the bus.
    public var failure: ServiceFailure { ServiceFailure(.denied, message) }
}
