import FoundationEssentials
import Services

/// The list of a provider's models, as vendors answer it: with the same path in all four APIs, and in two shapes.
///
/// ```
/// {"data":[{"id":"gpt-5.4"},{"id":"qwen3","max_model_len":32768}]}                       OpenAI, Anthropic, servers
/// {"models":[{"name":"models/gemini-3.5-flash","inputTokenLimit":1048576}]}              Google
/// ```
///
/// See: platform.openai.com/docs/api-reference/models/list, platform.claude.com/docs/en/api/models-list,
/// ai.google.dev/api/models
public enum ModelList {
    /// The request for the list. It has no body, so it is a GET.
    public static func request(to provider: ProviderProfile) -> ProviderRequest {
        let dialect = provider.dialect
        return ProviderRequest(path: dialect.modelListPath, headers: dialect.headers(for: provider), body: [])
    }

    /// Reads the list; nil for what is none.
    public static func read(_ body: [UInt8]) -> [OfferedModel]? {
        guard let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body)) else { return nil }
        let items = json["data"]?.elements ?? json["models"]?.elements ?? json.elements
        let models = items.compactMap { item -> OfferedModel? in
            guard let name = item["id"]?.string ?? item["name"]?.string, !name.isBlank else { return nil }
            let window = windowKeys.lazy.compactMap { item[$0]?.count }.first
            return OfferedModel(
                name: name.hasPrefix("models/") ? String(name.dropFirst(7)) : name, contextWindow: window)
        }
        return models.isEmpty && !items.isEmpty ? nil : models
    }

    /// The keys in which vendors tell the window.
    private static let windowKeys = [
        "context_length", "max_model_len", "context_window", "max_context_length", "max_input_tokens",
        "inputTokenLimit",
    ]
}

extension JSONValue {
    /// The number of tokens that it is; nil for what is none.
    fileprivate var count: TokenCount? {
        if case .integer(let number) = self, number > 0 { TokenCount(number) } else { nil }
    }
}
