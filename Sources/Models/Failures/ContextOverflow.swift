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
/// Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)                                  LM Studio
/// Range of input length should be [1, 98304]                                                  Qwen
/// Your request exceeded model token limit: 131072 (requested: 140000)                         Kimi
/// `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 …                            TGI
/// Request too large for … on tokens per min (TPM): Limit 30000, Requested 45000.              OpenAI, Groq
/// ```
///
/// Where no phrase is known, three things together say it: what is long (prompt, input), its measure (tokens, length)
/// and that it is too much. A refusal without all three is another one: a conversation that is taken for too long is
/// handed off.
enum ContextOverflow {
    private static let phrases = [
        "context length", "context size", "context window", "prompt is too long", "input is too long",
        "maximum prompt length", "input token count", "too many input tokens", "exceeds the maximum number of tokens",
        "exceed context limit", "n_ctx", "max_seq_len", "model token limit", "prompt exceeds max length",
        "prompt too long",
    ]

    /// Whether words say it.
    static func isTold(in words: String) -> Bool {
        let text = words.lowercased()
        return phrases.contains(where: text.contains) || isAboutOneRequest(text) || isTooMuch(text)
    }

    /// Whether words say that one request is larger than what is allowed in a minute: no waiting helps.
    static func isAboutOneRequest(_ words: String) -> Bool {
        let text = words.lowercased()
        return text.contains("token") && ["request too large", "must be reduced"].contains(where: text.contains)
    }

    private static func isTooMuch(_ text: String) -> Bool {
        // The bound of an answer, texts and names within the conversation, and what is counted by time have limits of
        // their own.
        let others = [
            "output token", "completion token", "string too long", "input[", "messages[", "messages.", "rate limit",
            "per minute", "per min ", "per day", "quota", "please wait", "before trying again", "slow down", "throttl",
        ]
        if others.contains(where: text.contains) { return false }
        let isLong =
            text.contains(/\b(?:prompt|inputs?|conversation)\b.{0,60}?\b(?:tokens?|length)\b/)
            || text.contains(/\b(?:tokens?|length)\b.{0,60}?\b(?:prompt|inputs?|conversation)\b/)
            || text.contains(/\bprompt_tokens\b|\btoo many tokens\b/)
        let isExcess = text.contains(
            /exceed|too (?:long|large|many)|(?:longer|greater|more) than|(?:must|should) be (?:<|less|at most|\[)/)
        let isMaximum = text.contains(/maximum (?:input|prompt) length.{0,40}but/)
        return isLong && (isExcess || isMaximum)
    }

    /// The window that words tell, in tokens: the number that follows the name of the window or of its limit, or that
    /// stands before or after "maximum". The first pattern that fits counts.
    static func window(in words: String) -> TokenCount? {
        // By how much it is longer says nothing of the window.
        let text = words.lowercased().replacing(",", with: "").replacing(/\bby [0-9]+/, with: "")
        let places: [Regex<(Substring, Substring)>] = [
            /n_ctx[^0-9]{0,4}([0-9]{3,12})/,
            />=?\s*([0-9]{3,12})/,
            /range of .{0,40}\[[0-9]+\s+([0-9]{3,12})\]/,
            /(?:must|should) be (?:<=?|less than|at most)[^0-9.]{0,24}([0-9]{3,12})/,
            /(?:cannot exceed|up to)\s+([0-9]{3,12})/,
            /(?:context (?:length|size|window|limit)|token limit)[^0-9.]{0,24}([0-9]{3,12})/,
            /maximum number of tokens[^0-9.]{0,24}([0-9]{3,12})/,
            /maximum[^0-9.]{0,24}([0-9]{3,12})/,
            /([0-9]{3,12})\s+maximum context/,
            /\blimit(?: of| is|:)?\s+([0-9]{3,12})/,
        ]
        for place in places {
            if let number = text.firstMatch(of: place).flatMap({ Int($0.output.1) }) { return TokenCount(number) }
        }
        return nil
    }
}
