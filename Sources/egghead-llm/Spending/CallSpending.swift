import Models
import Services

/// What one call may cost, and has cost.
struct CallSpending {
    /// What it asks of the ledger; the day is that on which it begins.
    var request: SpendingRequest
    /// Its number in the ledger, once it has begun.
    var number: Int?
    /// The most tokens of its answer, once it has begun.
    var answerMax: TokenCount = 0
    /// How many attempts a provider had taken that came to nothing, and will have counted.
    var lostAttempts = 0

    /// What a call may cost before it has begun.
    ///
    /// - Parameter written: The request as the provider is sent it: three of its bytes are a token or less.
    init(
        _ request: Gateway.Chat.Request, from caller: Principal, as written: ProviderRequest,
        to provider: ProviderProfile, _ registry: ProviderRegistry
    ) {
        let key = SpendingKey(
            day: "", caller: caller, room: request.room, model: "\(provider.name)/\(provider.model)")
        self.request = SpendingRequest(
            key: key, prompt: TokenCount(written.body.count / 3),
            answer: request.maxTokens.map { TokenCount($0) + TokenCount(request.thinking?.budgetTokens ?? 0) },
            window: registry.window(of: provider.name), price: registry.price(of: provider.model, at: provider.name),
            budget: request.budget)
    }

    /// What the call can cost at most: an answer, and the attempts before that came to nothing.
    var most: SpendingCount { request.most(answer: answerMax) + request.lost(attempts: lostAttempts) }

    /// What the call has cost by what the provider says of it; nil while it holds no place in the ledger.
    ///
    /// - Parameters:
    ///   - outcome: What the answer came to; nil when it came to none.
    ///   - isBilled: Whether the provider had got the request, and had not refused it, when the call ended.
    ///   - heard: How many tokens of an answer can have been heard.
    func settlement(outcome: ChatOutcome?, isBilled: Bool, heard: TokenCount) -> SpendingEntry? {
        guard let number else { return nil }
        var isEstimated = lostAttempts > 0
        // A count of nothing is none: some servers say 0 where they do not count.
        var told = outcome?.usage ?? TokenUsage(inputTokens: 0, outputTokens: 0)
        if isBilled, told.inputTokens == 0 { (told.inputTokens, isEstimated) = (request.prompt, true) }
        if isBilled, told.outputTokens == 0, heard > 0 {
            (told.outputTokens, isEstimated) = (min(heard, max(answerMax, 1)), true)
        }
        let count = SpendingCount(usage: told, cost: request.price?.cost(of: told) ?? .zero)
        var sum = count + request.lost(attempts: lostAttempts)
        if sum.usage.total > 0 { (sum.calls, sum.estimated) = (1, isEstimated ? 1 : 0) }
        return .settled(call: number, sum)
    }
}
