import Services

/// One call of a model and how far its stream has come.
///
/// Delivery on the bus is at most once, so chunks are numbered. A chunk from the future means that one was lost: the
/// stream is asked for again from the first one that is missing, under the same id, so that nothing is bought twice. A
/// chunk from the past is dropped.
struct ModelCall: Hashable {
    /// What a chunk means.
    enum Step: Hashable {
        /// New words.
        case words(String)
        /// The whole answer is there.
        case done(ChatOutcome)
        /// The provider gave up.
        case failed(ProviderFailure)
        /// One was lost: send this.
        case rejoin(Gateway.Chat.Request)
        /// Seen before.
        case nothing
    }

    /// The request as it was first sent.
    let request: Gateway.Chat.Request
    /// The words so far.
    private(set) var text = ""
    /// The number of the next chunk.
    private(set) var next = 0
    /// How often the bus broke the stream since a chunk came through.
    private var breaks = 0

    /// A call that is about to be made.
    init(_ request: Gateway.Chat.Request) { self.request = request }

    /// Whether the words are that there is nothing to say.
    var isPass: Bool { text.split(whereSeparator: \.isWhitespace) == [AgentTurn.pass[...]] }

    /// Takes a chunk.
    mutating func receive(_ chunk: ChatChunk) -> Step {
        if chunk.sequence < next { return .nothing }
        if chunk.sequence > next { return .rejoin(rejoinRequest) }
        next += 1
        breaks = 0
        if let outcome = chunk.done { return .done(outcome) }
        if let failure = chunk.error { return .failed(failure) }
        guard let words = chunk.text, !words.isEmpty else { return .nothing }
        text += words
        return .words(words)
    }

    /// Counts a break of the bus.
    ///
    /// - Returns: Whether it is worth joining again.
    mutating func broke() -> Bool {
        breaks += 1
        return breaks <= AgentLimits.rejoinsMax
    }

    /// What to send in order to get the rest.
    var rejoinRequest: Gateway.Chat.Request {
        var request = request
        request.from = next
        return request
    }
}
