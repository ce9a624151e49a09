import Services
import Time

/// One call of a model, how far its answer has come, and when its stream is joined again.
///
/// Delivery on the bus is at most once, so chunks are numbered. A chunk with a higher number than the next one means
/// that one was lost: the stream is asked for again from the first one that is missing, under the same id, so that
/// nothing is bought twice. A chunk with a lower number is dropped. A loss at the end leaves no gap, so a stream that
/// is silent is joined again as well; whether the provider itself is silent is the gateway's to judge.
///
///     open      a chunk arrives, or the stream is joined      → open
///               no chunk for `streamSilence`                  → joined again → open
///               the bus breaks the stream                     → broken
///     broken    `rejoinDelay` is over, or the broker is back  → joined again → open
struct ModelCall: Hashable {
    /// What a chunk means.
    enum Step: Hashable {
        /// New words.
        case words(String)
        /// The answer is complete.
        case done(ChatOutcome)
        /// The provider gave no complete answer.
        case failed(ProviderFailure)
        /// A chunk was lost: send this.
        case rejoin(Gateway.Chat.Request)
        /// The chunk was received before.
        case nothing
    }

    /// The state of the stream on its way over the bus.
    enum Stream: Hashable {
        /// The stream is asked for; the last news of it came at that time.
        case open(heardAt: Instant)
        /// The bus has broken the stream; it is joined again at that time.
        case broken(joinsAt: Instant)
    }

    /// The id of the call.
    let id: ChatID
    /// The request as it was first sent, under the call's id.
    let request: Gateway.Chat.Request
    /// The words so far.
    private(set) var text = ""
    /// The state of the stream.
    private(set) var stream: Stream
    /// The number of the next chunk.
    private var next = 0
    /// How often the bus has broken the stream since the last chunk.
    private var breaks = 0

    /// A call that is made now.
    ///
    /// - Parameter request: What is asked; its id is replaced by the call's.
    init(_ id: ChatID, _ request: Gateway.Chat.Request, at now: Instant) {
        var request = request
        request.id = id.description
        self.id = id
        self.request = request
        stream = .open(heardAt: now)
    }

    /// Whether the words are a pass.
    var isPass: Bool { PassWord.isPass(text) }

    /// When the stream is joined again unless something is heard of it before.
    var joinsAt: Instant {
        switch stream {
        case .open(let heardAt): heardAt + AgentLimits.streamSilence
        case .broken(let joinsAt): joinsAt
        }
    }

    /// Takes a chunk.
    mutating func receive(_ chunk: ChatChunk, at now: Instant) -> Step {
        stream = .open(heardAt: now)
        if chunk.sequence < next { return .nothing }
        if chunk.sequence > next { return .rejoin(rejoin(at: now)) }
        next += 1
        breaks = 0
        if let outcome = chunk.done {
            text = String(decoding: text.utf8.dropFirst(max(0, outcome.thoughtBytes ?? 0)), as: UTF8.self)
            return .done(outcome)
        }
        if let failure = chunk.error { return .failed(failure) }
        guard let words = chunk.text, !words.isEmpty else { return .nothing }
        text += words
        return .words(words)
    }

    /// Counts a break of the stream.
    ///
    /// - Returns: Whether the stream is joined again; false from the break after `AgentLimits.rejoinsMax` on.
    mutating func broke(at now: Instant) -> Bool {
        breaks += 1
        stream = .broken(joinsAt: now + AgentLimits.rejoinDelay)
        return breaks <= AgentLimits.rejoinsMax
    }

    /// Joins the stream again.
    ///
    /// - Returns: The request for the chunks that are missing.
    mutating func rejoin(at now: Instant) -> Gateway.Chat.Request {
        stream = .open(heardAt: now)
        var request = request
        request.from = next
        return request
    }

    /// Joins the stream again if it is time to.
    mutating func rejoinIfDue(at now: Instant) -> Gateway.Chat.Request? { joinsAt <= now ? rejoin(at: now) : nil }
}
