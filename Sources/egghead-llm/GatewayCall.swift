import Curl
import Models
import Runtime
import Services
import Time

/// Whose call it is and what its asker named it.
struct GatewayCallKey: Hashable {
    /// The asker's name on the bus.
    var caller: Principal
    /// The request's id.
    var id: String
}

/// One call with its transport and its clock: does what `ProviderCall` decides, and keeps the answer in an
/// `ReplayBuffer`.
final class GatewayCall {
    /// Whose call it is.
    let key: GatewayCallKey
    /// The provider that it goes to.
    let endpoint: ProviderRegistry.Endpoint
    /// The answer so far.
    private(set) var answer = ReplayBuffer()
    /// What the answer came to, once it is whole.
    private(set) var outcome: ChatOutcome?
    /// Whether the answer has begun within thoughts; nil when it does not tell.
    private(set) var beganWithinThoughts: Bool?
    /// What it may cost.
    var spending: CallSpending
    /// Who gets the chunks.
    var respond: (ChatChunk) -> Void

    private let loop: EventLoop
    private let http: HTTPClient
    private let log: Log
    private var request: ProviderRequest
    private var conversation: Conversation
    private let corrected: (RequestCorrection, Conversation) -> ProviderRequest?
    private let onChange: (GatewayCall, Change) -> Void
    private var decisions: ProviderCall
    private var transfer: HTTPTransfer?
    private var idleTimer: Timer?
    private var silence: StreamIdleTimeout
    /// Whether it has left the line of those that wait for their provider.
    private(set) var hasBegun = false
    /// Whether it has begun, and the provider has not said yet whether it takes it.
    private(set) var isUnanswered = false
    /// Whether the attempt that runs costs something: it was sent, and the provider has not refused it.
    private var isBilled = false

    /// What others than the asker must know of a call.
    enum Change: Hashable {
        /// The provider has taken it.
        case taken
        /// An attempt has failed, and the next one follows after a wait.
        case failed
        /// The provider has had too many calls, and is to be left alone for so long; the call waits in line again.
        case paused(Duration)
        /// Words have come, the first since the last `flush`.
        case said
        /// The last chunk is told.
        case ended
    }

    /// A call that waits for `begin`.
    ///
    /// - Parameters:
    ///   - request: The conversation as the provider is sent it.
    ///   - hasNext: Whether the asker has another provider, should this one have too many calls.
    ///   - corrected: Writes the request once more, with the conversation as it is now, and with a correction.
    ///   - onChange: Called for each change; `isUnanswered` is as it was before.
    init(
        _ key: GatewayCallKey, to endpoint: ProviderRegistry.Endpoint, _ conversation: Conversation,
        request: ProviderRequest, hasNext: Bool, spending: CallSpending, seed: UInt64,
        loop: EventLoop, http: HTTPClient, log: Log, respond: @escaping (ChatChunk) -> Void,
        corrected: @escaping (RequestCorrection, Conversation) -> ProviderRequest?,
        onChange: @escaping (GatewayCall, Change) -> Void
    ) {
        self.key = key
        self.endpoint = endpoint
        self.request = request
        self.spending = spending
        self.loop = loop
        self.http = http
        self.log = log
        self.respond = respond
        self.conversation = conversation
        self.corrected = corrected
        self.onChange = onChange
        decisions = ProviderCall(
            to: endpoint.profile, plainerForms: conversation.plainerForms, waitsForLimits: !hasNext, seed: seed)
        silence = StreamIdleTimeout(endpoint.profile.idleTimeout, from: loop.now)
        signWhileWaiting()
    }

    /// Bounds the answer, before the call begins.
    func bound(answerMax tokens: TokenCount) {
        let bounded = conversation.answering(within: tokens)
        guard bounded != conversation else { return }
        conversation = bounded
        if let request = try? endpoint.profile.dialect.request(for: bounded, to: endpoint.profile) {
            self.request = request
        }
    }

    /// What it has cost, for the ledger; nil when it never began.
    var settlement: SpendingEntry? {
        // Three bytes are a token or more, and so is an event that nobody hears.
        let heard = TokenCount(max(answer.byteCount / 3, decisions.progress))
        return spending.settlement(outcome: outcome, isBilled: isBilled, heard: heard)
    }

    /// Ends the call between two attempts, or before the first; the asker is told why.
    func refuse(_ failure: ProviderFailure) {
        dropTransfer()
        end(.failure(failure))
    }

    /// Sends the request.
    func begin() {
        (hasBegun, isUnanswered) = (true, true)
        perform(decisions.resume())
    }

    /// Ends the call; the asker is told so.
    func cancel() { handle(.cancelled) }

    /// Publishes what has gathered during a turn of the loop.
    func flush() { answer.flush().forEach(respond) }

    /// Sends the chunks again from a number on, and all later ones, to an asker who has joined again.
    func join(from sequence: Int, respond: @escaping (ChatChunk) -> Void) {
        self.respond = respond
        answer.replay(from: sequence).forEach(respond)
    }

    /// Tells the asker now and then that the call is alive: it waits for its provider, or the provider says what the
    /// asker does not hear piece by piece, such as the arguments of a tool.
    private func signWhileWaiting() {
        let progress = decisions.progress, heard = answer.byteCount
        loop.schedule(after: GatewayLimits.waitingSign) { [weak self] in
            guard let self, !answer.isEnded else { return }
            let isUnheard = decisions.progress > progress && answer.byteCount == heard
            if transfer == nil || isUnheard { respond(.waiting) }
            signWhileWaiting()
        }
    }

    private func handle(_ event: ProviderCall.Event) {
        switch event {
        case .unreachable, .unconnected: isBilled = false
        case .response(let status, _) where !(200..<300).contains(status): isBilled = false
        case .response, .bytes, .completed, .broken, .silent, .overdue, .cancelled: break
        }
        let progress = decisions.progress
        let actions = decisions.handle(event)
        let endedAt = silence.endsAt
        silence.hear(at: loop.now, bringEvent: decisions.progress > progress, hasStopped: decisions.hasStopped)
        if silence.endsAt < endedAt, transfer != nil { watchSilence() }
        perform(actions)
    }

    private func perform(_ actions: [ProviderCall.Action]) {
        for action in actions {
            switch action {
            case .send: send()
            case .sendCorrected(let correction): send(with: correction)
            case .wait(let delay):
                loseAttempt()
                change(.failed)
                log.notice(
                    "chat.retry",
                    [
                        "caller": "\(key.caller)", "provider": endpoint.profile.name,
                        "after": "\(delay.wholeMillisecondsUp)ms",
                    ])
                loop.schedule(after: delay) { [weak self] in
                    guard let self, !answer.isEnded else { return }
                    perform(decisions.resume())
                }
            case .pause(let pause):
                isBilled = false  // it was refused, if in a stream
                loseAttempt()
                hasBegun = false
                log.notice(
                    "provider.paused",
                    ["provider": endpoint.profile.name, "for": "\(pause.wholeMillisecondsUp)ms"])
                change(.paused(pause))
            case .taken: change(.taken)
            case .text(let text):
                let isFirst = !answer.hasGathered
                answer.append(text)
                if isFirst { change(.said) }
            case .finish(let told):
                var outcome = endpoint.profile.dialect.tellsCuts ? told : conversation.judged(told)
                outcome.thoughtBytes = UnopenedThoughts.bytes(in: answer.text)
                beganWithinThoughts =
                    decisions.hasEndedUnopenedThoughts ? true : UnopenedThoughts.areBegun(outcome, answer.text)
                self.outcome = outcome
                transfer.map(http.drain)
                transfer = nil
                end(.success(outcome))
            case .fail(let failure):
                dropTransfer()
                end(.failure(failure))
            }
        }
    }

    /// An attempt has come to nothing. One that the provider has not refused is paid for.
    private func loseAttempt() {
        dropTransfer()
        if isBilled { spending.lostAttempts += 1 }
        isBilled = false
    }

    private func send() {
        transfer = http.start(request, at: endpoint) { [weak self] event in self?.handle(event) }
        isBilled = true
        silence = StreamIdleTimeout(endpoint.profile.idleTimeout, from: loop.now)
        watchSilence()
    }

    /// The call goes on with a request that is corrected.
    private func send(with correction: RequestCorrection) {
        let (without, next) =
            switch correction {
            case .without(let parameter): (parameter, "its later calls do without it too")
            case .plainer(.withoutOpaqueParts): ("thoughts", "the call is tried once more")
            case .plainer(.wordsOnly): ("tools", "the call is tried once more, calls and outcomes told in words")
            }
        log.notice(
            "chat.corrected",
            ["provider": endpoint.profile.name, "model": endpoint.profile.model, "without": without, "next": next])
        if case .plainer(let form) = correction { conversation = conversation.plainer(form) }
        guard let request = corrected(correction, conversation) else {
            return handle(.unreachable("the request cannot be written without \(without)"))
        }
        self.request = request
        dropTransfer()  // the body of the refusal may not have ended
        send()
    }

    /// One timer at a time: when it fires after news, it is set again for the rest of the time.
    private func watchSilence() {
        idleTimer?.cancel()
        idleTimer = loop.schedule(after: max(silence.endsAt - loop.now, .milliseconds(1))) { [weak self] in
            guard let self, transfer != nil else { return }
            if loop.now >= silence.endsAt {
                perform(decisions.handle(silence.isOverdue(at: loop.now) ? .overdue : .silent))
            } else {
                watchSilence()
            }
        }
    }

    private func dropTransfer() {
        transfer.map(http.cancel)
        transfer = nil
        idleTimer?.cancel()
    }

    private func end(_ result: Result<ChatOutcome, ProviderFailure>) {
        if answer.isEnded { return }
        idleTimer?.cancel()
        answer.end(result).forEach(respond)
        report(result)
        change(.ended)
    }

    private func change(_ change: Change) {
        onChange(self, change)
        isUnanswered = false
    }

    private func report(_ result: Result<ChatOutcome, ProviderFailure>) {
        let provider = endpoint.profile.name, model = endpoint.profile.model
        switch result {
        case .success(let outcome):
            log.info(
                "chat.done",
                [
                    "caller": "\(key.caller)", "provider": provider, "model": model,
                    "stop": outcome.stopReason.rawValue,
                    "input": outcome.usage.map { "\($0.inputTokens)" },
                    "cached": outcome.usage.flatMap { $0.cacheReadTokens > 0 ? "\($0.cacheReadTokens)" : nil },
                    "output": outcome.usage.map { "\($0.outputTokens)" },
                    "ignored": decisions.ignoredCount > 0 ? "\(decisions.ignoredCount)" : nil,
                ])
        case .failure(let failure):
            // A cancelled call is what somebody wanted.
            let level: Log.Level = failure.code == .cancelled ? .info : .warning
            log.write(
                level, "chat.failed",
                [
                    "caller": "\(key.caller)", "provider": provider, "model": model, "code": failure.code.rawValue,
                    "message": failure.message,
                ])
        }
    }
}
