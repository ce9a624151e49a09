import Services

/// One call to a provider, from the first attempt to the last word: the part that decides.
///
/// It is told what the transport met and answers with what is to be done. Nothing is asked again once a word of the
/// answer has been received, since the asker has it already. It knows no dialect: the profile's one reads the answer.
///
/// ```
///            start            response 2xx              [DONE]
/// (new) ──────────→ asked ───────────────→ streaming ──────────→ ended
///                   ↑  │ response other                │ cut, silent, malformed, too long ↗
///                   │  └────────→ refused ── ended ────┤
///                   └── retry, no word received yet ───┘
/// ```
public struct ProviderCall: Sendable {
    /// What the transport has met. `response` comes before `bytes`; one of the last three ends an attempt.
    public enum Event: Hashable, Sendable {
        /// The head of the answer.
        case response(status: Int, retryAfter: Duration?)
        /// A piece of the body.
        case bytes([UInt8])
        /// The body is complete.
        case completed
        /// No connection came about: why.
        case unreachable(String)
        /// The connection broke: why.
        case broken(String)
        /// No byte has come for the provider's idle timeout, or `progress` has not grown for several of them.
        case silent
        /// Nobody wants the answer any more.
        case cancelled
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Send the request, now. The transport of an earlier attempt has ended.
        case send
        /// Drop what is left of this attempt, and call `resume` after the wait.
        case wait(Duration)
        /// These words follow the ones before.
        case text(String)
        /// The answer is whole. The transport may go on to the end of the body.
        case finish(ChatOutcome)
        /// There is no whole answer. What is left of this attempt is to be dropped.
        case fail(ProviderFailure)
    }

    private enum Phase {
        case asked
        case streaming(ServerSentEventParser)
        case refused(status: Int, retryAfter: Duration?, body: [UInt8])
        case waiting
        case ended
    }

    /// Grows with every head of an answer and every event of a stream. Bytes alone are no progress: comments can keep a
    /// dead stream open for ever.
    public private(set) var progress = 0

    private let provider: ProviderProfile
    private let policy: RetryPolicy
    private let seed: UInt64
    private var phase = Phase.waiting
    private var attempt = 0
    private var waited: Duration = .zero
    private var answerBytes = 0
    private var hasSpoken = false
    private var stopReason: ChatOutcome.StopReason?
    private var usage: TokenUsage?
    private var decoder: any AnswerDecoder
    private var callCount = 0
    private var opaqueBytes = 0
    /// The order of the answer's words, calls and opaque parts.
    private var layout = ContentLayout()

    /// A call that has not begun.
    ///
    /// - Parameters:
    ///   - seed: Any number of the call's own, for the jitter of its waits.
    public init(to provider: ProviderProfile, policy: RetryPolicy = RetryPolicy(), seed: UInt64) {
        self.provider = provider
        self.policy = policy
        self.seed = seed
        decoder = provider.dialect.makeDecoder()
    }

    /// Begins the first attempt, or the next after a wait. A call that has been ended meanwhile does nothing.
    public mutating func resume() -> [Action] {
        guard case .waiting = phase else { return [] }
        attempt += 1
        phase = .asked
        return [.send]
    }

    /// Decides what follows from what the transport met. News after the end is dropped.
    public mutating func handle(_ event: Event) -> [Action] {
        if case .ended = phase { return [] }
        switch event {
        case .response(let status, let retryAfter):
            let isStream = (200..<300).contains(status)
            decoder = provider.dialect.makeDecoder()
            phase = isStream ? .streaming(.init()) : .refused(status: status, retryAfter: retryAfter, body: [])
            progress += 1
            return []
        case .bytes(let bytes): return read(bytes)
        case .completed: return complete()
        case .unreachable(let reason):
            return retry(isStarting: true, retryAfter: nil) ?? fail(.unreachable(reason, provider))
        case .broken(let reason): return breakOff(reason)
        case .silent: return giveUpWaiting()
        case .cancelled: return fail(.cancelled(provider))
        }
    }

    private mutating func read(_ bytes: [UInt8]) -> [Action] {
        switch phase {
        case .streaming(var parser):
            phase = .asked  // so that the parser has one owner and is not copied
            do throws(StreamProblem) {
                let events = try parser.feed(bytes)
                phase = .streaming(parser)
                return interpret(events)
            } catch {
                return fail(.malformed(error, provider))
            }
        case .refused(let status, let retryAfter, let body):
            let room = ModelLimits.refusalBytesMax - body.count
            phase = .refused(status: status, retryAfter: retryAfter, body: body + bytes.prefix(room))
            return []
        case .asked, .waiting, .ended: return []
        }
    }

    /// Goes through events until one of them ends the call; the words before it are the asker's.
    private mutating func interpret(_ events: [ServerSentEvent]) -> [Action] {
        var actions: [Action] = []
        for event in events {
            guard case .streaming = phase else { break }
            hasSpoken = true
            progress += 1
            for said in decoder.decode(event) {
                // What an event says after an end is as late as an event after it.
                guard case .streaming = phase else { break }
                actions += follow(said)
            }
        }
        return actions
    }

    private mutating func follow(_ said: AnswerEvent) -> [Action] {
        switch said {
        case .text(let text):
            answerBytes += text.utf8.count
            guard answerBytes <= ModelLimits.answerBytesMax else {
                return malformed("the answer is longer than \(ModelLimits.answerBytesMax) bytes")
            }
            layout.addWords(bytes: text.utf8.count)
            return [.text(text)]
        case .callBegun:
            callCount += 1
            layout.addCall()
        case .opaque(let part):
            opaqueBytes += part.bytesEstimate
            guard opaqueBytes <= ModelLimits.opaqueBytesMax else {
                return malformed("its opaque parts are longer than \(ModelLimits.opaqueBytesMax) bytes")
            }
            layout.add(part)
        case .stop(let reason): stopReason = reason
        case .usage(let tokens): usage = tokens
        case .refused(let refusal): return refuse(refusal)
        case .malformed(let problem): return fail(.malformed(problem, provider))
        case .done: return finish()
        }
        return []
    }

    /// A call may have been carried out although its answer was lost, and is paid for: it is not made again, but for
    /// a server of our own, which has been restarted meanwhile.
    private mutating func breakOff(_ reason: String) -> [Action] {
        if stopReason != nil { return finish() }
        let again = provider.isSupervised ? retry(isStarting: true, retryAfter: nil) : nil
        return again ?? fail(.interrupted(reason, provider))
    }

    /// What is there already is worth more than the end that does not come.
    private mutating func giveUpWaiting() -> [Action] {
        if case .refused = phase { return complete() }
        return stopReason == nil ? fail(.idle(provider)) : finish()
    }

    private mutating func complete() -> [Action] {
        switch phase {
        case .streaming:
            // Some servers leave out [DONE]; the model's own stop is as good.
            if stopReason != nil { return finish() }
            return hasSpoken
                ? fail(.interrupted("the connection was closed", provider))
                : malformed("its answer holds no event")
        case .refused(let status, let retryAfter, let body):
            return refuse(provider.dialect.refusal(status: status, retryAfter: retryAfter, body: body))
        case .asked: return malformed("there was no HTTP answer")
        case .waiting, .ended: return []
        }
    }

    private mutating func refuse(_ refusal: ProviderRefusal) -> [Action] {
        if refusal.mayPass {
            // A model server answers 503 while it loads its model.
            let wait = retry(isStarting: refusal.status == 503, retryAfter: refusal.retryAfter)
            if let wait { return wait }
        }
        return fail(ProviderFailure(refusal, of: provider))
    }

    /// The next attempt, if there is to be one.
    ///
    /// - Parameters:
    ///   - isStarting: Whether this is what a server looks like that has not started yet.
    private mutating func retry(isStarting: Bool, retryAfter: Duration?) -> [Action]? {
        guard answerBytes == 0, callCount == 0 else { return nil }
        let wait =
            isStarting && provider.isSupervised
            ? policy.startupWait(afterAttempt: attempt, waited: waited, seed: seed)
            : policy.wait(afterAttempt: attempt, retryAfter: retryAfter, seed: seed)
        guard let wait else { return nil }
        waited += wait
        (phase, stopReason, usage, layout, opaqueBytes) = (.waiting, nil, nil, ContentLayout(), 0)
        return [.wait(wait)]
    }

    /// Some servers call tools and say that they have stopped: the calls are what counts. Of an answer that was cut
    /// the last call may be half of one, so none of them is made.
    private mutating func finish() -> [Action] {
        phase = .ended
        do throws(StreamProblem) {
            let calls = stopReason == .length || stopReason == .filtered ? [] : try decoder.calls()
            return [
                .finish(
                    ChatOutcome(
                        stopReason: calls.isEmpty ? stopReason ?? .end : .toolCalls, usage: usage,
                        provider: provider.name, model: provider.model, toolCalls: calls.isEmpty ? nil : calls,
                        layout: calls.isEmpty || !layout.hasOpaqueParts ? nil : layout))
            ]
        } catch {
            return fail(.malformed(error, provider))
        }
    }

    private mutating func malformed(_ problem: String) -> [Action] {
        fail(.malformed(StreamProblem(problem), provider))
    }

    private mutating func fail(_ failure: ProviderFailure) -> [Action] {
        phase = .ended
        return [.fail(failure)]
    }
}
