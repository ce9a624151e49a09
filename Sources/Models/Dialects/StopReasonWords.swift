import Services

/// What vendors say of why their models have stopped, in words that they make up: what is in a word decides.
extension ChatOutcome.StopReason {
    /// Reads a vendor's word; one that says nothing known is `other`.
    ///
    /// - Returns: Nil for words that say that a failure has cut the answer, or that do not say what has.
    init?(finishReason: String) {
        let word = finishReason.lowercased()
        func has(_ parts: [String]) -> Bool { parts.contains(where: word.contains) }
        switch word {
        case "stop", "eos", "eos_token", "end_turn", "stop_sequence": self = .end
        case "tool_calls", "tool_use", "function_call": self = .toolCalls
        case "load", "other", "unknown": return nil
        case _ where has(Self.failures): return nil
        case "language",
            _ where has(Self.filters):
            self = .filtered
        case _ where has(Self.lengths): self = .length
        case _: self = .other
        }
    }

    private static let failures = [
        "error", "abort", "cancel", "insufficient", "interrupt", "timeout", "timed_out", "fail", "incomplete",
        "unavail", "rate_limit", "exception", "preempt", "kill", "crash", "disconnect", "malformed", "overload",
    ]
    private static let filters = [
        "filter", "safety", "sensitive", "refus", "block", "recit", "prohib", "spii", "guard", "moderat",
    ]
    /// `pause_turn` and `compaction` are pauses of a vendor's own tools, which nobody here takes up again.
    private static let lengths = ["length", "max_", "limit", "trunc", "window", "pause_turn", "compaction"]

    /// Whether a word says that the model has not stopped: servers write what they have no reason for in many ways.
    static func isNone(_ word: String) -> Bool {
        let word = word.lowercased()
        return ["", "null", "none", "nil", "undefined"].contains(word) || word.hasSuffix("unspecified")
    }

    /// What a word says of an answer: that the model has stopped, or that the vendor could not go on.
    static func event(forReason reason: String) -> AnswerEvent {
        if let stop = Self(finishReason: reason) { return .stop(stop) }
        return .refused(
            .init(status: nil, words: "finish_reason \"\(reason)\"", cause: .serverFault, mayPass: true))
    }
}
