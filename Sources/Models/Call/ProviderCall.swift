import EventStream
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
        /// No connection came about for as long as one may take: why.
        case unconnected(String)
        /// The connection broke: why.
        case broken(String)
        /// No byte has come for the provider's idle timeout, or `progress` has not grown for several of them.
        case silent
        /// The answer has taken `StreamIdleTimeout.answerMax`.
        case overdue
        /// Nobody wants the answer any more.
        case cancelled
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Send the request, now. The transport of an earlier attempt has ended.
        case send
        /// Send it with a correction, now; this call goes on with what was corrected.
        case sendCorrected(RequestCorrection)
        /// Drop what is left of this attempt, and call `resume` after the wait.
        case wait(Duration)
        /// The provider has had too many calls, and none is to be sent to it for so long. Drop what is left of this
        /// attempt, and call `resume` when it is this call's turn again.
        case pause(Duration)
        /// The provider has taken the call.
        case taken
        /// These words follow the ones before.
        case text(String)
        /// The answer is whole. The transport may go on to the end of the body.
        case finish(ChatOutcome)
        /// There is no whole answer. What is left of this attempt is to be dropped.
        case fail(ProviderFailure)
    }

    private enum Phase {
        case asked
        case streaming(ProviderAnswer)
        case refused(status: Int, retryAfter: Duration?, body: [UInt8])
        case waiting
        case ended
    }

    /// Grows with every head of an answer and every event of a stream. Bytes alone are no progress, nor are events that
    /// say nothing but that the connection is alive: they can keep a dead stream open for ever.
    public private(set) var progress = 0
    /// How many things came behind the end of the answer and were passed over.
    public private(set) var ignoredCount = 0
    /// Whether the answer has begun within thoughts, of a model that is known to, and they have ended.
    public private(set) var hasEndedUnopenedThoughts = false

    private var provider: ProviderProfile
    private let policy: RetryPolicy
    private let seed: UInt64
    private let waitsForLimits: Bool
    /// The forms of the conversation that have not been tried.
    private var plainerForms: [PlainerForm]
    private var phase = Phase.waiting
    private var attempt = 0
    private var waited: Duration = .zero
    /// The sum of the provider's pauses that this call has met.
    private var paused: Duration = .zero
    private var pauseCount = 0

    /// A call that has not begun.
    ///
    /// - Parameters:
    ///   - plainerForms: Those in which the conversation can be sent once more; see `Conversation.plainerForms`.
    ///   - waitsForLimits: Whether it waits for a provider that has had too many calls; not when there is another one.
    ///   - seed: Any number of the call's own, for the jitter of its waits.
    public init(
        to provider: ProviderProfile, plainerForms: [PlainerForm] = [], waitsForLimits: Bool = true,
        policy: RetryPolicy = RetryPolicy(), seed: UInt64
    ) {
        self.waitsForLimits = waitsForLimits
        self.provider = provider
        self.plainerForms = plainerForms
        self.policy = policy
        self.seed = seed
    }

    /// Begins the first attempt, or the next after a wait. A call that has been ended meanwhile does nothing.
    public mutating func resume() -> [Action] {
        guard case .waiting = phase else { return [] }
        attempt += 1
        phase = .asked
        return [.send]
    }

    /// Whether the model has stopped, which was told by itself, and the end of the stream has not come.
    public var hasStopped: Bool {
        if case .streaming(let answer) = phase { answer.hasStoppedAlone } else { false }
    }

    /// Decides what follows from what the transport met. News after the end is dropped.
    public mutating func handle(_ event: Event) -> [Action] {
        if case .ended = phase { return [] }
        switch event {
        case .response(let status, let retryAfter):
            progress += 1
            guard (200..<300).contains(status) else {
                phase = .refused(status: status, retryAfter: retryAfter, body: [])
                return []
            }
            phase = .streaming(ProviderAnswer(of: provider))
            return [.taken]
        case .bytes(let bytes): return read(bytes)
        case .completed: return complete()
        case .unreachable(let reason):
            return retry(isStarting: true, retryAfter: nil) ?? fail(.unreachable(reason, provider))
        case .unconnected(let reason):
            let again = provider.isSupervised ? retry(isStarting: true, retryAfter: nil) : nil
            return again ?? fail(.unreachable(reason, provider))
        case .broken(let reason): return breakOff(reason)
        case .silent: return giveUpWaiting(.idle(provider))
        case .overdue: return giveUpWaiting(.overdue(provider))
        case .cancelled: return fail(.cancelled(provider))
        }
    }

    private mutating func read(_ bytes: [UInt8]) -> [Action] {
        switch phase {
        case .streaming(var answer):
            phase = .asked  // so that the answer has one owner and is not copied
            let before = answer.eventCount, news = answer.read(bytes)
            progress += answer.eventCount - before
            phase = .streaming(answer)
            return tell(news)
        case .refused(let status, let retryAfter, let body):
            let room = ModelLimits.refusalBytesMax - body.count
            phase = .refused(status: status, retryAfter: retryAfter, body: body + bytes.prefix(room))
            return []
        case .asked, .waiting, .ended: return []
        }
    }

    /// Hands on what the answer's bytes have brought.
    private mutating func tell(_ news: [ProviderAnswer.News]) -> [Action] {
        news.flatMap { news -> [Action] in
            switch news {
            case .words(let text): return [.text(text)]
            case .whole: return finish()
            case .refused(let refusal): return refuse(refusal)
            case .malformed(let problem): return fail(.malformed(problem, provider))
            case .cut(let reason): return fail(.interrupted(reason, provider))
            }
        }
    }

    /// A call may have been carried out although its answer was lost, and is paid for: it is not made again, but for
    /// a server of our own, which has been restarted meanwhile.
    private mutating func breakOff(_ reason: String) -> [Action] {
        if case .refused = phase { return complete() }
        if case .streaming(let answer) = phase, answer.hasStopped { return end(answer) }
        let again = provider.isSupervised ? retry(isStarting: true, retryAfter: nil) : nil
        return again ?? fail(.interrupted(reason, provider))
    }

    /// What is there already is worth more than the end that does not come.
    private mutating func giveUpWaiting(_ failure: ProviderFailure) -> [Action] {
        if case .refused = phase { return complete() }
        if case .streaming(let answer) = phase, answer.hasStopped { return end(answer) }
        return fail(failure)
    }

    private mutating func end(_ answer: ProviderAnswer) -> [Action] {
        var answer = answer
        let news = answer.end()
        phase = .streaming(answer)
        return tell(news)
    }

    private mutating func complete() -> [Action] {
        switch phase {
        case .streaming(var answer):
            let news = answer.complete()
            phase = .streaming(answer)
            return tell(news)
        case .refused(let status, let retryAfter, let body):
            return refuse(provider.dialect.refusal(status: status, retryAfter: retryAfter, body: body))
        case .asked: return malformed("there was no HTTP answer")
        case .waiting, .ended: return []
        }
    }

    private mutating func refuse(_ refusal: ProviderRefusal) -> [Action] {
        if case .refused = phase, let correction = correction(for: refusal) {
            phase = .asked  // no attempt is used up: the provider has done nothing yet
            return [.sendCorrected(correction)]
        }
        if refusal.cause == .limited, !waitsForLimits { return fail(ProviderFailure(refusal, of: provider)) }
        if refusal.cause == .limited, refusal.mayPass, let pause = pause(refusal.retryAfter) { return pause }
        if refusal.mayPass {
            // A model server answers 503 while it loads its model.
            let wait = retry(isStarting: refusal.status == 503, retryAfter: refusal.retryAfter)
            if let wait { return wait }
        }
        return fail(ProviderFailure(refusal, of: provider))
    }

    /// What may make a request acceptable that the provider has refused. Nothing is corrected twice, so this ends.
    private mutating func correction(for refusal: ProviderRefusal) -> RequestCorrection? {
        if let parameter = refusal.parameter,
            refusal.cause == .unsupportedParameter || provider.dialect.canBound(parameter),
            provider.dialect.canDoWithout(parameter, refused: provider.refusedParameters),
            provider.refusedParameters.insert(parameter).inserted
        {
            return .without(parameter: parameter)
        }
        // A 500 that is no server's fault is that of a chat template.
        let isForItsShape = refusal.cause == .rejected && [400, 422, 500].contains(refusal.status)
        guard isForItsShape, !plainerForms.isEmpty else { return nil }
        return .plainer(plainerForms.removeFirst())
    }

    /// The pause of a provider that wants to be left alone, for as long as it has told, or for longer each time. It has
    /// not begun to answer, so this is no attempt, and the call waits its turn for as long as a person would.
    private mutating func pause(_ retryAfter: Duration?) -> [Action]? {
        if case .streaming(let answer) = phase, answer.hasBegun { return nil }
        guard let pause = policy.pause(after: pauseCount, paused: paused, retryAfter: retryAfter, seed: seed)
        else { return nil }
        paused += pause
        pauseCount += 1
        attempt -= 1
        phase = .waiting
        return [.pause(pause)]
    }

    /// The next attempt, if there is to be one.
    ///
    /// - Parameters:
    ///   - isStarting: Whether this is what a server looks like that has not started yet.
    private mutating func retry(isStarting: Bool, retryAfter: Duration?) -> [Action]? {
        if case .streaming(let answer) = phase, answer.hasBegun { return nil }
        let wait =
            isStarting && provider.isSupervised
            ? policy.startupWait(afterAttempt: attempt, waited: waited, seed: seed)
            : policy.wait(afterAttempt: attempt, retryAfter: retryAfter, seed: seed)
        guard let wait else { return nil }
        waited += wait
        phase = .waiting
        return [.wait(wait)]
    }

    private mutating func finish() -> [Action] {
        guard case .streaming(let answer) = phase else { return [] }
        ignoredCount = answer.ignoredCount
        hasEndedUnopenedThoughts = answer.hasEndedUnopenedThoughts
        phase = .ended
        do throws(StreamProblem) {
            return [.finish(try answer.outcome(of: provider))]
        } catch {
            return fail(.malformed(error, provider))
        }
    }

    private mutating func malformed(_ problem: String) -> [Action] {
        fail(.malformed(StreamProblem(problem), provider))
    }

    private mutating func fail(_ failure: ProviderFailure) -> [Action] {
        var words: [Action] = []
        if case .streaming(var answer) = phase { words = tell(answer.rest()) }
        phase = .ended
        return words + [.fail(failure)]
    }
}
