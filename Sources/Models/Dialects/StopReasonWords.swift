import Services

extension ChatOutcome.StopReason {
    /// Reads a vendor's word for why its model has stopped; one that a vendor has made up is `other`.
    ///
    /// - Returns: Nil for words that say that the answer was cut by a failure.
    init?(finishReason: String) {
        let word = finishReason.lowercased()
        switch word {
        case "stop", "eos", "eos_token", "end_turn", "stop_sequence": self = .end
        case "length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded":
            self = .length
        case "content_filter", "safety", "sensitive", "refusal": self = .filtered
        case "tool_calls", "tool_use", "function_call": self = .toolCalls
        case _:
            let failures = ["error", "abort", "cancel", "insufficient", "interrupted", "timeout"]
            if failures.contains(where: word.contains) { return nil }
            self = .other
        }
    }

    /// What a word says of an answer: that the model has stopped, or that the vendor could not go on.
    static func event(forReason reason: String) -> AnswerEvent {
        if let stop = Self(finishReason: reason) { return .stop(stop) }
        return .refused(
            .init(status: nil, words: "finish_reason \"\(reason)\"", cause: .serverFault, mayPass: true))
    }
}
