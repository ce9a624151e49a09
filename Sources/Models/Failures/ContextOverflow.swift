import Services

/// How vendors say in English that a conversation is longer than the model's window, and how long that is.
///
/// ```
/// This model's maximum context length is 8192 tokens. However, you requested 9000 tokens …    OpenAI, vLLM
/// input (9000 tokens) is longer than the model's context length (8192 tokens)                SGLang
/// the request exceeds the available context size (4096 tokens)                               llama.cpp
/// prompt is too long: 210000 tokens > 200000 maximum                                         Anthropic
/// input length and `max_tokens` exceed context limit: 150000 + 64000 > 200000                  Anthropic
/// The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).     Google
/// This model's maximum prompt length is 131072 but the request contains 537812 tokens.        xAI
/// prompt too long; exceeded max context length by 100 tokens                                  Ollama
/// prompt with 300000 tokens is too large for model with 262144 maximum context length         Mistral
/// Requested token count exceeds the model's maximum context length of 262144 tokens.          Together
/// ```
enum ContextOverflow {
    private static let phrases = [
        "context length", "context size", "context window", "prompt is too long", "input is too long",
        "maximum prompt length", "input token count", "too many input tokens", "exceeds the maximum number of tokens",
        "exceed context limit",
    ]

    /// Whether words say it.
    static func isTold(in words: String) -> Bool {
        let lowered = words.lowercased()
        return phrases.contains(where: lowered.contains)
    }

    /// The window that words tell, in tokens: the number that follows the name of the window, or that stands before
    /// or after "maximum".
    static func window(in words: String) -> TokenCount? {
        // By how much it is longer says nothing of the window.
        let text = words.lowercased().replacing(",", with: "").replacing(/\bby [0-9]+/, with: "")
        let places: [Regex<(Substring, Substring)>] = [
            />\s*([0-9]{3,12})/,
            /(?:context (?:length|size|window|limit)|prompt length)[^0-9.]{0,24}([0-9]{3,12})/,
            /maximum number of tokens[^0-9.]{0,24}([0-9]{3,12})/,
            /maximum[^0-9.]{0,24}([0-9]{3,12})/,
            /([0-9]{3,12})\s+maximum context/,
        ]
        for place in places {
            if let number = text.firstMatch(of: place).flatMap({ Int($0.output.1) }) { return TokenCount(number) }
        }
        return nil
    }
}
