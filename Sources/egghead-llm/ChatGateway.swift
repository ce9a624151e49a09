import Curl
import Models
import Runtime
import Services
import Time

/// All calls: those that run, those that wait for their provider, and the ended ones that an asker may still join.
final class ChatGateway {
    /// The providers.
    private(set) var registry: ProviderRegistry
    /// Called when a provider has refused its key.
    var onKeyRefused: (_ provider: String) -> Void = { _ in }
    /// Called at the end of a turn in which the number of calls has changed.
    var onCount: (CallCount) -> Void = { _ in }

    private let loop: EventLoop
    private let http: HTTPClient
    private let spending: SpendingJournal
    private let log: Log
    private var calls: [GatewayCallKey: GatewayCall] = [:]
    /// Calls that have not ended, in the order of their requests.
    private var open: [GatewayCall] = []
    /// Calls that have ended, the oldest first.
    private var ended: [GatewayCall] = []
    private var callsMade: UInt64 = 0
    /// Which of the providers, by their names, have had too many calls.
    private var throttles: [String: ProviderThrottle] = [:]
    /// What is known of models by what they have answered.
    private var learned = LearnedModels()
    /// The providers that did not answer when they were asked last.
    private var outages = ProviderOutages()
    /// The requests to providers whose key is being had.
    private var keyless: [KeylessRequest] = []
    /// Grows with each configuration that is read; what a call of an older one comes to says nothing of a provider.
    private var generation = 0
    /// Calls whose words wait for the end of the turn of the loop.
    private var saying: [GatewayCall] = []
    /// Whether waiting calls are being refused together, so that none of them begins.
    private var isRefusing = false
    private var lastCount = CallCount(running: 0, waiting: 0)
    /// Whether calls have come, begun or ended since they were counted.
    private var isCountOld = false

    /// A request to a provider whose key is being had.
    private struct KeylessRequest {
        var request: Gateway.Chat.Request
        var key: GatewayCallKey
        var respond: (ChatChunk) -> Void
    }

    /// A gateway without calls.
    init(registry: ProviderRegistry, spending: SpendingJournal, loop: EventLoop, log: Log) {
        self.registry = registry
        self.spending = spending
        self.loop = loop
        self.log = log
        http = HTTPClient(loop: loop, connectionsKeptMax: GatewayLimits.connectionsKeptMax)
        loop.onTurnEnd { [unowned self] in endTurn() }
    }

    /// The configuration was read again. Calls go on with what they have begun with, and what was learned of models is
    /// learned again.
    func reload(_ registry: ProviderRegistry) {
        self.registry = registry
        generation += 1
        learned = LearnedModels()
        outages = ProviderOutages()
        beginWaiting()  // there may be other caps
    }

    /// Counts what the calls that run have cost, since nobody will hear their ends.
    func settleAll() {
        for call in open {
            if let settlement = call.settlement { spending.record(settlement) }
        }
        spending.flush()
    }

    /// What everybody may know of the providers. One without its key is out until it has one.
    var providers: Gateway.Providers.Reply {
        let keyless = registry.withoutKey.mapValues(\.message)
        return registry.reply(learned: learned.windows, outages: keyless.merging(outages.reasons(at: loop.now)) { $1 })
    }

    /// Begins a call, or joins the one of that id.
    ///
    /// - Parameters:
    ///   - respond: Gets every chunk from `request.from` on, those of the past included.
    /// - Throws: `invalid` when the request has a value out of range, `exhausted` when there are too many calls. What
    ///   is wrong with the provider comes as a chunk.
    func chat(
        _ request: Gateway.Chat.Request, from caller: Principal, respond: @escaping (ChatChunk) -> Void
    ) throws(ServiceFailure) {
        let key = GatewayCallKey(caller: caller, id: request.id)
        if let call = calls[key] { return call.join(from: request.from, respond: respond) }
        guard request.from <= 0 else {
            return respond(ChatChunk(sequence: request.from, error: .streamGone(request.id)))
        }
        keyless.removeAll { $0.key == key }
        guard open.count + keyless.count < GatewayLimits.callsMax else {
            throw ServiceFailure(
                .exhausted, "chat \(request.id): \(GatewayLimits.callsMax) calls run or wait already; try again later")
        }
        if registry.awaitsKey(of: request.provider) {
            return keyless.append(KeylessRequest(request: request, key: key, respond: respond))
        }
        var endpoint: ProviderRegistry.Endpoint
        do throws(ProviderFailure) {
            endpoint = try registry.endpoint(request.provider, model: request.model)
        } catch {
            return respond(ChatChunk(sequence: 0, error: error))
        }
        endpoint.profile = learned.known(of: endpoint.profile)
        endpoint.profile.recordKeys = request.recordKeys ?? []
        let provider = endpoint.profile, conversation = try Conversation(request)
        let written = try provider.dialect.request(for: conversation, to: provider)
        callsMade += 1
        let call = GatewayCall(
            key, to: endpoint, conversation, request: written, hasNext: request.hasNext == true,
            spending: CallSpending(request, from: caller, as: written, to: provider, registry), seed: callsMade,
            loop: loop, http: http, log: log, respond: respond,
            corrected: { [unowned self] in self.request(for: $1, to: provider, corrected: $0) },
            onChange: { [unowned self, generation] in note($1, of: $0, begunIn: generation) })
        calls[key] = call
        open.append(call)
        beginWaiting()
    }

    /// Writes a request once more. A parameter that its model has refused is in no later one.
    private func request(
        for conversation: Conversation, to provider: ProviderProfile, corrected correction: RequestCorrection
    ) -> ProviderRequest? {
        if case .without(let parameter) = correction { learned.note(refused: parameter, by: provider) }
        let provider = learned.known(of: provider)
        return try? provider.dialect.request(for: conversation, to: provider)
    }

    /// A provider's key has come, or will not come.
    func keyChanged(of provider: String) {
        outages.end(of: provider)
        beginKeyless()
    }

    /// Begins the requests that waited for a key; those that still have none wait on.
    func beginKeyless() {
        let waiting = keyless
        keyless = []
        for waiter in waiting {
            do throws(ServiceFailure) {
                try chat(waiter.request, from: waiter.key.caller, respond: waiter.respond)
            } catch {
                waiter.respond(ChatChunk(sequence: 0, error: ProviderFailure(.rejected, error.message)))
            }
        }
    }

    /// Drops the requests that wait for a key and are not wanted any more.
    private func cancelKeyless(where isUnwanted: (GatewayCallKey) -> Bool) {
        let unwanted = keyless.filter { isUnwanted($0.key) }
        keyless.removeAll { isUnwanted($0.key) }
        for waiter in unwanted {
            let failure = ProviderFailure(.cancelled, "the call, which waited for a key, was cancelled")
            waiter.respond(ChatChunk(sequence: 0, error: failure))
        }
    }

    /// Ends a call of a caller; one that has ended or never was is left alone.
    func cancel(_ id: String, from caller: Principal) {
        let key = GatewayCallKey(caller: caller, id: id)
        if let call = calls[key], !call.answer.isEnded { call.cancel() }
        cancelKeyless { $0 == key }
    }

    /// Ends the calls of every caller that a test holds for, since nobody waits for them any more.
    func cancelAll(where hasGone: (_ caller: Principal) -> Bool) {
        // The end of one call begins others, and may refuse the next of these.
        for call in open where hasGone(call.key.caller) && !call.answer.isEnded { call.cancel() }
        cancelKeyless { hasGone($0.caller) }
    }

    /// Asks a provider for the list of its models.
    func models(
        of provider: String?, then: @escaping (Result<Gateway.Models.Reply, ProviderFailure>) -> Void
    ) {
        do throws(ProviderFailure) {
            let endpoint = try registry.endpoint(provider, model: nil)
            _ = ModelListing(of: endpoint, loop: loop, http: http) { result in
                then(result.map { Gateway.Models.Reply(provider: endpoint.profile.name, models: $0) })
            }
        } catch {
            then(.failure(error))
        }
    }

    /// Asks the servers on this machine that are not configured for their models; those that are none do not count.
    func nearby(then: @escaping ([NearbyServer]) -> Void) {
        let endpoints = registry.ownServers
        var found: [NearbyServer] = [], open = endpoints.count
        if endpoints.isEmpty { return then([]) }
        for endpoint in endpoints {
            _ = ModelListing(of: endpoint, within: GatewayLimits.nearbyTime, loop: loop, http: http) { result in
                if case .success(let models) = result, !models.isEmpty {
                    let names = models.prefix(GatewayLimits.nearbyModelsMax).map(\.name)
                    found.append(NearbyServer(name: endpoint.profile.name, url: endpoint.url, models: names))
                }
                open -= 1
                if open > 0 { return }
                let order = endpoints.map(\.profile.name)
                then(order.compactMap { name in found.first { $0.name == name } })
            }
        }
    }

    /// What calls have cost.
    func usage(_ request: Gateway.Usage.Request) -> Gateway.Usage.Reply {
        spending.ledger.usage(request, caps: registry.caps, day: spending.today) { name in
            let provider = name.prefix { $0 != "/" }
            return registry.price(of: String(name.dropFirst(provider.count + 1)), at: String(provider)) != nil
        }
    }

    private func endTurn() {
        spending.flush()
        // A hundred streams bring thousands of turns a second, most of them with the words of one.
        let saying = saying
        self.saying = []
        for call in saying { call.flush() }
        guard isCountOld else { return }
        isCountOld = false
        let running = open.count(where: \.hasBegun)
        let count = CallCount(running: running, waiting: open.count - running)
        if count != lastCount { onCount(count) }
        lastCount = count
    }

    /// Begins the calls whose provider has a place for them, in the order of their requests.
    private func beginWaiting() {
        if isRefusing { return }
        isCountOld = true
        var running: [String: Int] = [:]
        for call in open where call.hasBegun { running[call.endpoint.profile.name, default: 0] += 1 }
        var refused: [(GatewayCall, ProviderFailure)] = []
        // The end of one call begins others, and may end the next of these.
        for call in open where !call.hasBegun && !call.answer.isEnded {
            let provider = call.endpoint.profile
            let places =
                provider.isSupervised
                ? GatewayLimits.callsPerSupervisedProviderMax : GatewayLimits.callsPerProviderMax
            guard running[provider.name, default: 0] < places else { continue }
            let verdict = verdict(on: call)
            if case .refused(let cap) = verdict { refused.append((call, .spent(cap))) }
            guard case .allowed(let answerMax) = verdict,
                throttles[provider.name, default: ProviderThrottle()].begins(at: loop.now)
            else { continue }
            if let failure = reserve(for: call, answerMax: answerMax) {
                refused.append((call, failure))
            } else {
                running[provider.name, default: 0] += 1
                call.begin()
            }
        }
        for (call, failure) in refused where !call.answer.isEnded { call.refuse(failure) }
    }

    /// Whether there is money for a call.
    private func verdict(on call: GatewayCall) -> SpendingVerdict {
        if call.spending.number != nil { return .allowed(answerMax: nil) }
        let day = spending.today
        call.spending.request.key.day = day.name
        return spending.ledger.verdict(on: call.spending.request, caps: registry.caps, day: day)
    }

    /// Holds the most that a call can cost, until it has ended. What counts for a cap is on the disk before the call.
    ///
    /// - Returns: Why the call may not be made, if the disk refuses that.
    private func reserve(for call: GatewayCall, answerMax: TokenCount?) -> ProviderFailure? {
        guard call.spending.number == nil else { return nil }
        let number = spending.ledger.nextCall
        spending.record(spending.ledger.reservation(of: call.spending.request, answerMax: answerMax))
        if answerMax != nil {
            spending.flush()
            if let refusal = spending.refusal {
                spending.record(.settled(call: number, SpendingCount()))
                return .notRecorded("\(refusal)")
            }
        }
        if let answerMax { call.bound(answerMax: answerMax) }
        call.spending.number = number
        call.spending.answerMax = answerMax ?? call.spending.request.answerMax
        return nil
    }

    /// Holds what another attempt of a call can cost beside those that came to nothing; a cap that leaves too little
    /// for it ends the call.
    private func holdAgain(for call: GatewayCall) {
        guard let number = call.spending.number, call.spending.lostAttempts > 0 else { return }
        spending.record(.reserved(call: number, call.spending.request.key, call.spending.most))
        let cap = spending.ledger.passedCap(by: call.spending.request, caps: registry.caps, day: spending.today)
        if let cap { call.refuse(.spent(cap)) }
    }

    private func note(_ change: GatewayCall.Change, of call: GatewayCall, begunIn began: Int) {
        let provider = call.endpoint.profile.name
        if call.isUnanswered {
            if change == .taken { throttles[provider]?.answered() } else { throttles[provider]?.gone() }
        }
        switch change {
        case .taken: break
        case .said: return saying.append(call)
        case .failed: holdAgain(for: call)
        case .paused(let pause):
            holdAgain(for: call)
            throttles[provider]?.refused(for: pause, at: loop.now)
            loop.schedule(after: pause) { [weak self] in self?.beginWaiting() }
        case .ended:
            if let settlement = call.settlement { spending.record(settlement) }
            keep(call)
            if began == generation, call.hasBegun { learn(from: call) }
        }
        beginWaiting()
    }

    /// Keeps an ended call for an asker who joins again.
    private func keep(_ call: GatewayCall) {
        open.removeAll { $0 === call }
        ended.append(call)
        loop.schedule(after: GatewayLimits.answerKept) { [weak self, weak call] in
            if let call { self?.forget(call) }
        }
        var bytes = ended.reduce(0) { $0 + $1.answer.byteCount }
        while let oldest = ended.first,
            ended.count > GatewayLimits.answersKeptMax || bytes > GatewayLimits.answerBytesKeptMax
        {
            bytes -= oldest.answer.byteCount
            forget(oldest)
        }
    }

    /// What an ended call says of its provider.
    private func learn(from call: GatewayCall) {
        let provider = call.endpoint.profile, failure = call.answer.failure
        if failure?.code == .unauthorized { onKeyRefused(provider.name) }
        outages.note(failure, hasSpoken: call.answer.byteCount > 0, from: provider.name, at: loop.now)
        learned.note(beganWithinThoughts: call.beganWithinThoughts, failure, of: provider)
        if let failure, failure.code == .rateLimited, let seconds = failure.retryAfterSeconds {
            leave(provider, for: .seconds(seconds))
        }
    }

    /// A model wants to be left alone, for longer than the refused call waits. Those that wait for the same model are
    /// refused with it, and from now on one at a time asks whether it still holds: a person may have paid meanwhile.
    private func leave(_ model: ProviderProfile, for pause: Duration) {
        let isWaitedFor = pause <= GatewayLimits.pauseWaitedMax
        throttles[model.name]?.refused(for: isWaitedFor ? pause : .zero, at: loop.now)
        if isWaitedFor {
            loop.schedule(after: pause) { [weak self] in self?.beginWaiting() }
            return
        }
        let waiting = open.filter { call in
            let profile = call.endpoint.profile
            return !call.hasBegun && !call.answer.isEnded && (profile.name, profile.model) == (model.name, model.model)
        }
        isRefusing = true  // the end of one call would begin the next of these
        for call in waiting where !call.answer.isEnded { call.refuse(.leftAlone(for: pause, model)) }
        isRefusing = false
    }

    private func forget(_ call: GatewayCall) {
        guard let index = ended.firstIndex(where: { $0 === call }) else { return }
        ended.remove(at: index)
        calls[call.key] = nil
    }
}

extension ProviderFailure {
    fileprivate static func streamGone(_ id: String) -> ProviderFailure {
        ProviderFailure(.interrupted, "the answer \(id) is no longer kept and cannot be joined; ask again")
    }
}
