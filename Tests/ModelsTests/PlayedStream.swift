import Models
import Services

/// What one attempt comes to whose answer is a given body.
struct PlayedStream: Hashable {
    var words = ""
    var end: ChatOutcome.StopReason?
    var calls: [ToolCall] = []
    var failure: ProviderFailure.Code?
    var isTriedAgain = false

    /// An outcome, as it is expected.
    init(
        words: String = "", end: ChatOutcome.StopReason? = nil, calls: [ToolCall] = [],
        failure: ProviderFailure.Code? = nil, isTriedAgain: Bool = false
    ) {
        self.words = words
        self.end = end
        self.calls = calls
        self.failure = failure
        self.isTriedAgain = isTriedAgain
    }

    /// Plays a body in pieces of a length.
    ///
    /// - Parameter ending: What the transport meets behind the last piece.
    init(
        _ body: [UInt8], in dialect: any ProviderDialect = ChatCompletions(), piece: Int = .max, status: Int = 200,
        ending: ProviderCall.Event = .completed
    ) {
        for action in Self.actions(body, in: dialect, piece: piece, status: status, ending: ending) {
            switch action {
            case .send, .sendCorrected, .taken: break
            case .text(let text): words += text
            case .wait, .pause: isTriedAgain = true
            case .finish(let whole):
                end = whole.stopReason
                calls = whole.toolCalls ?? []
            case .fail(let failure): self.failure = failure.code
            }
        }
    }

    /// What is to be done when a body comes in pieces of a length.
    static func actions(
        _ body: [UInt8], in dialect: any ProviderDialect, piece: Int = .max, status: Int = 200,
        ending: ProviderCall.Event = .completed
    ) -> [ProviderCall.Action] {
        var profile = Sample.profile()
        profile.dialect = dialect
        var call = ProviderCall(to: profile, seed: 1)
        _ = call.resume()
        var events: [ProviderCall.Event] = [.response(status: status, retryAfter: nil)]
        var rest = body[...]
        while !rest.isEmpty {
            events.append(.bytes(Array(rest.prefix(piece))))
            rest = rest.dropFirst(min(piece, rest.count))
        }
        return (events + [ending]).flatMap { call.handle($0) }
    }
}
