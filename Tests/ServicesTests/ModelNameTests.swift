import Services
import Testing

struct ModelNameTests {
    private static func provider(_ name: String, _ model: String, vendor: String? = nil) -> ProviderInfo {
        ProviderInfo(name: name, model: model, contextWindow: 1, tools: true, isLocal: false, vendor: vendor)
    }

    private static let providers = [
        provider("work", "gpt-5.4", vendor: "openai"), provider("anthropic", "claude-a", vendor: "anthropic"),
        provider("router", "x/y"), provider("local", "smollm2"),
    ]

    @Test(
        arguments: [
            ("local", "local/smollm2"), ("anthropic/claude-b", "anthropic/claude-b"),
            ("router/qwen/qwen3", "router/qwen/qwen3"), ("smollm2", "local/smollm2"), ("x/y", "router/x/y"),
            ("gpt-6", "work/gpt-6"), ("o3-mini", "work/o3-mini"), ("claude-c", "anthropic/claude-c"),
            ("gemini-x", nil), ("openai/gpt-6", nil), ("llama", nil), ("anthropic/", nil), ("/claude", nil), ("", nil),
        ] as [(String, String?)])
    func `a model is found by its provider, by itself, or by how its vendor calls models`(
        name: String, found: String?
    ) {
        #expect(ModelName(name, among: Self.providers).map { "\($0.provider.name)/\($0.model)" } == found)
    }
}
