import Models
import Services

/// A turn's conversation with its model: what it stands on, what was tried in it, and what it costs.
struct TurnConversation: Hashable {
    /// The model that takes the turn, and those that are left when it fails.
    var models: ModelChoices
    /// What the notes hold.
    let grounding: Grounding
    /// The tools that a model may call in the turn; none when what was called before is not known.
    private let tools: [ToolDefinition]
    /// The steps with tools that processes before this one have made.
    let inheritedSteps: Int
    /// The number of the turn's last tool call, those of processes before this one counted.
    var callCount: Int
    /// The tokens of the newest call with its answer: counted by the provider, else estimated.
    private(set) var tokens = 0
    /// The provider's refusal of the conversation as too long; it is shortened once in a turn.
    var overflow: ProviderFailure?
    /// Whether the window did not hold the whole session.
    var hasOutgrown = false
    /// Whether the model was told that a pass is no answer; it is told once in a turn.
    var hasRefusedPass = false

    /// The conversation that a prepared turn begins; nil while something is awaited.
    init?(_ preparation: Preparation) {
        guard let models = preparation.models, let grounding = preparation.grounding, preparation.hasTranscript,
            let menu = preparation.menu, case .known = preparation.inheritance
        else { return nil }
        switch preparation.earlierCalls {
        case .awaited, .running: return nil
        case .known(let steps, let lastNumber): (inheritedSteps, callCount) = (steps, lastNumber)
        case .unknown: (inheritedSteps, callCount) = (0, 0)
        }
        self.models = models
        self.grounding = grounding
        tools = preparation.earlierCalls != .unknown ? menu : []
    }

    /// The model that takes the turn.
    var model: ModelFacts { models.current }

    /// The tools that the model may call; none when it cannot call any, or must not.
    var menu: [ToolDefinition] { model.tools ? tools : [] }

    /// Whether a call changes nothing.
    func readsOnly(_ call: ToolCall) -> Bool { tools.first { $0.name == call.name }?.readsOnly == true }

    /// Takes the tokens of a call as the provider counted them. They are estimated where it does not count, or says
    /// that the prompt has none.
    mutating func count(_ usage: TokenUsage?, of call: ModelCall) {
        tokens =
            usage.flatMap { $0.inputTokens > 0 ? $0.total.value : nil }
            ?? TokenEstimate.tokens(in: call.request.messages) + TokenEstimate.tokens(in: call.text)
    }

    /// What the room is told beside the answer: that another model has given it, or that it was given to less than the
    /// whole conversation, with what to set.
    var remark: String? {
        let shortened = overflow.map { "has shortened the conversation, because \($0.message)" }
        let remarks = [models.remark, shortened].compactMap(\.self)
        return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
    }

    /// Whether the provider found the conversation too long. Not every one says so in words that the gateway knows;
    /// but a conversation of a quarter of the window and more is hardly refused for another reason.
    func isOverflow(_ failure: ProviderFailure) -> Bool {
        failure.code == .contextOverflow || failure.code == .rejected && tokens >= model.window / 4
    }
}

/// What a turn knows when it ends: the whole conversation, or what had come when it failed before.
enum TurnFacts: Hashable {
    /// The turn has failed before its prompt was made.
    case partial(Preparation)
    /// The model was asked.
    case whole(TurnConversation)

    /// The model, if it is known.
    var model: ModelFacts? {
        switch self {
        case .partial(let preparation): preparation.models?.current
        case .whole(let conversation): conversation.model
        }
    }

    /// The passages that the notes hold on the question.
    var passages: [Passage] {
        switch self {
        case .partial(let preparation): preparation.grounding?.passages ?? []
        case .whole(let conversation): conversation.grounding.passages
        }
    }

    /// The conversation, if there was one.
    var conversation: TurnConversation? {
        switch self {
        case .partial: nil
        case .whole(let conversation): conversation
        }
    }
}
