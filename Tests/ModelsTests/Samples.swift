import Models
import Services

/// Values that the tests share; what a test is about it changes itself.
enum Sample {
    static func settings(isSupervised: Bool = false) -> ProviderSettings {
        ProviderSettings(
            name: "p", url: "https://api.example/v1", model: "m", contextWindow: 1_000, tools: true,
            idleTimeoutMilliseconds: 30_000, isSupervised: isSupervised)
    }

    static func profile(key: String? = nil, isSupervised: Bool = false) -> ProviderProfile {
        ProviderProfile(settings(isSupervised: isSupervised), key: key, model: nil)
    }

    /// The JSON text that a provider gets.
    static func body(
        of request: Gateway.Chat.Request, in dialect: any ProviderDialect = ChatCompletions()
    ) throws -> String {
        var profile = profile()
        profile.dialect = dialect
        let written = try profile.dialect.request(for: Conversation(request), to: profile)
        return String(decoding: written.body, as: UTF8.self)
    }
}
