/// The API that a provider speaks, as `config.yml` names it.
public enum ProviderAPI: String, Codable, Sendable, CaseIterable {
    /// OpenAI's older API, which most vendors and all common model servers speak as well.
    case chatCompletions = "chat-completions"
    /// OpenAI's newer API.
    case responses
    /// Anthropic's Messages.
    case anthropic
    /// Google's `generateContent`.
    case gemini
}
