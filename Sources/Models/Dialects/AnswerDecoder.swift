import EventStream
import Services

/// Reads the events of one answer: a vendor's event in, neutral ones out. It keeps what an answer needs that comes in
/// pieces, such as the calls of tools; a new attempt gets a new decoder.
public protocol AnswerDecoder: Sendable {
    /// Reads one server-sent event. What is unknown says nothing.
    ///
    /// - Returns: What the event says, in its order; empty if it says nothing but that the connection is alive, or
    ///   nothing that anybody knows. Nothing follows a `.malformed`.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent]

    /// Whether the answer may go on after a stop that is told by itself: some models of a vendor tell one with each
    /// event.
    var goesOnAfterStop: Bool { get }

    /// Why there is no answer although the stream has ended in order, where that may pass; nil if nothing is known.
    var refusalAtEnd: ProviderRefusal? { get }

    /// The calls of the answer, one for each `.callBegun` in their order, each whole; asked for once, after the last
    /// event. One without a name is to be left out: it has turned out to be no call, or one that was told before.
    func calls() -> [ToolCall]
}

/// What an event of an answer says, whoever the provider is.
public enum AnswerEvent: Hashable, Sendable {
    /// Words that follow the ones before.
    case text(String)
    /// A piece of a call or of a thought, which the decoder keeps: the model is at work.
    case piece
    /// The model begins to call a tool. The call itself is had from the decoder when the answer has ended.
    case callBegun
    /// Data that is to go back to the vendor unchanged, at this place among words and calls.
    case opaque(OpaquePart)
    /// The model has stopped; usage may follow.
    case stop(ChatOutcome.StopReason)
    /// What the answer costs, all in all; a later one takes the place of an earlier one.
    case usage(TokenUsage)
    /// The provider gave up.
    case refused(ProviderRefusal)
    /// The event is not of the provider's protocol, or is over a limit.
    case malformed(StreamProblem)
    /// The answer is complete.
    case done
}

extension AnswerDecoder {
    /// A stop is the end, as a rule.
    public var goesOnAfterStop: Bool { false }
    /// A stream that ends in order has an answer, as a rule.
    public var refusalAtEnd: ProviderRefusal? { nil }
}
