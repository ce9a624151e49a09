import BusClient
import Control
import Glibc
import LinuxSystem
import Runtime
import Services
import Time

/// One try of a model with a few words, and what came of it.
struct ModelTrial: Encodable {
    /// The provider, and its name for the model.
    var provider: String, model: String
    /// Until the first word, in milliseconds; nil when none came.
    var firstWordMilliseconds: Int?
    /// Until the end, in milliseconds.
    var milliseconds: Int?
    /// What it has cost, when the provider told.
    var usage: TokenUsage?
    /// Why it did not answer; nil when it did.
    var problem: String?
    /// Whether it was given too few tokens for a word: it spent them on thoughts, as it may.
    var isCut = false

    /// How long one may take: a local model may have to load first.
    private static let wait = Duration.seconds(90)
    /// The tokens that it may take.
    static let tokensMax = 64

    /// Tries models, all at once.
    ///
    /// - Returns: What came of each, in their order.
    static func run(_ models: [ModelName], of place: Place) throws -> [ModelTrial] {
        let session = try NodeSession(place)
        var trials = models.map { ModelTrial(provider: $0.provider.name, model: $0.model) }, open = Set(trials.indices)
        var streams: [StreamHandle] = []
        let began = Clock.monotonic()
        func elapsed() -> Int { Int((Clock.monotonic() - began).wholeMillisecondsUp) }
        func end(_ index: Int, _ problem: String?) {
            guard open.remove(index) != nil else { return }
            trials[index].milliseconds = elapsed()
            trials[index].problem = problem
            if open.isEmpty { session.end() }
        }
        for (index, model) in models.enumerated() {
            let request = Gateway.Chat.Request(
                id: "test-\(getpid())-\(index)", provider: model.provider.name, model: model.model,
                messages: [ChatMessage(.user, "Say ok.")], maxTokens: Self.tokensMax)
            streams.append(
                session.bus.stream(Gateway.Chat.self, request) { result in
                    switch result {
                    case .success(let chunk):
                        if chunk.text != nil, trials[index].firstWordMilliseconds == nil {
                            trials[index].firstWordMilliseconds = elapsed()
                        }
                        trials[index].usage = chunk.done?.usage ?? trials[index].usage
                        if let error = chunk.error { end(index, error.message) }
                        if let done = chunk.done {
                            let isSilent = trials[index].firstWordMilliseconds == nil
                            trials[index].isCut = isSilent && done.stopReason == .length
                            end(index, isSilent ? Self.problem(of: done.stopReason) : nil)
                        }
                    case .failure(let failure): end(index, failure.message)
                    }
                })
        }
        session.loop.schedule(after: wait) {
            for index in open { end(index, "it does not answer within \(wait.components.seconds) s") }
        }
        try session.run()
        for stream in streams { stream.cancel() }
        return trials
    }

    /// What is wrong with an answer without a word.
    private static func problem(of stop: ChatOutcome.StopReason) -> String? {
        switch stop {
        case .length: nil
        case .filtered: "it takes the call, and its filter lets nothing through; try another model"
        case .end, .other, .toolCalls: "it takes the call and answers without a word; try another model"
        }
    }
}
