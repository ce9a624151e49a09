import Services

/// What an error means, by its status, its kinds and its words. Of several meanings the first in `cause` counts.
extension ProviderError {
    /// The refusal.
    func refusal(retryAfter: Duration?) -> ProviderRefusal {
        let cause = cause
        let parameter: String? =
            switch cause {
            case .unsupportedParameter: unsupportedParameter
            case .refusedValue: refusedValue
            case .contextOverflow, .keyRefused, .limited, .unknownModel, .redirected, .serverFault, .denied, .filtered,
                .rejected:
                nil
            }
        return ProviderRefusal(
            status: status, words: words, cause: cause, mayPass: mayPass(cause), retryAfter: retryAfter ?? retryDelay,
            parameter: parameter,
            window: cause == .contextOverflow ? window ?? ContextOverflow.window(in: words) : nil)
    }

    private var cause: ProviderRefusal.Cause {
        if saysContextOverflow { return .contextOverflow }
        if isUnpaid { return .limited }
        if namesNoModel { return .unknownModel }
        if isFiltered { return .filtered }
        if unsupportedParameter != nil { return .unsupportedParameter }
        if refusesKey { return .keyRefused }
        if refusedValue != nil { return .refusedValue }
        if status == 403, !words.isBlank, !speaksOfKey { return .denied }
        return isOfTemplate ? .rejected : .init(status: status)
    }

    /// Whether asking again soon could help, by what the provider says. An error without a number is the server's.
    private func mayPass(_ cause: ProviderRefusal.Cause) -> Bool {
        switch cause {
        case .limited: status == 429 && !isUnpaid
        case .serverFault: true
        case .rejected: status == 409
        case .contextOverflow, .keyRefused, .unknownModel, .redirected, .unsupportedParameter, .refusedValue, .denied,
            .filtered:
            false
        }
    }

    private var lowered: String { words.lowercased() }

    /// Whether the error is told as one of the request, or has no status.
    private var isOfRequest: Bool { (400..<500).contains(status ?? 400) }

    private func says(_ signs: [String]) -> Bool { signs.contains(where: lowered.contains) }

    private func isKind(_ stems: [String]) -> Bool {
        kinds.contains { kind in stems.contains(where: kind.lowercased().contains) }
    }

    /// Whether the conversation is too long for the model.
    ///
    /// Some have a kind for it; others say it in English, also with a status of their own fault or without one. A 429
    /// is believed by its kind, or where it says that the one request is too large: it speaks of windows of time.
    private var saysContextOverflow: Bool {
        if status == 413 { return true }
        let stems = [
            "exceed_context_size", "context_length_exceeded", "context_window_exceeded", "prompt_tokens_exceeded",
        ]
        if isKind(stems) { return true }
        if status == 429 { return ContextOverflow.isAboutOneRequest(words) }
        // A refusal for want of a right or of money may count tokens too.
        let isOther = status.map { $0 < 400 || [401, 402, 403].contains($0) } ?? false
        return !isOther && ContextOverflow.isTold(in: words)
    }

    /// Whether there is no money or no quota left, which no waiting brings back soon, whatever the status. What is
    /// counted by the minute is a limit that passes.
    private var isUnpaid: Bool {
        guard isOfRequest else { return false }
        let stems = ["insufficient_quota", "insufficient_balance", "exceeded_current_quota", "usage_limit_reached"]
        if isKind(stems + ["billing_error", "arrearage", "accountoverdue"]) { return true }
        if says(["per minute", "per second", "per min "]) { return false }
        if says(["credit balance", "out of extra usage", "spending cap", "spending limit", "payment required"]) {
            return true
        }
        let text = lowered
        return text.contains(
            /(?:insufficient|not enough|no|any|out of|exhausted)\s(?:\w+\s)?(?:balance|credits?|funds)\b/)
            || text.contains(/insufficient\s(?:\w+\s)?quota/)
            || text.contains(
                /(?:reached|exceeded|over).{0,40}\busage limits?\b|\busage limits?\b.{0,20}(?:reached|exceeded)/)
    }

    /// Whether a filter has refused the conversation.
    private var isFiltered: Bool {
        guard isOfRequest, status != 429 else { return false }
        return isKind(["content_filter", "content_policy", "moderation", "data_inspection", "datainspection"])
            || says(["moderation", "content filter", "content management policy", "content policy", "was flagged"])
    }

    /// Whether the key is refused. Several vendors say so with the status of a wrong request.
    private var refusesKey: Bool {
        guard status == nil || status == 400 || status == 403 || status == 422 else { return false }
        let isNamed = says(["api key", "api_key", "apikey", "api-key"])
        let isWrong = says([
            "not valid", "invalid", "incorrect", "expired", "missing", "not found", "revoked", "disabled", "leaked",
            "wrong",
        ])
        return isNamed && isWrong || isKind(["invalid_api_key", "api_key_invalid"]) || says(["not authenticated"])
    }

    /// Whether words are about who asks: they are not quoted, since vendors quote part of the key in them.
    private var speaksOfKey: Bool {
        if says(["<html", "<!doctype"]) { return false }
        return says(["key", "credential", "authenticat", "bearer", "secret", "expired"])
            || lowered.contains(/\btoken\b/)
    }

    /// Whether the provider has no such model, also with the status of a wrong request or of a wrong key.
    private var namesNoModel: Bool {
        guard status == nil || [400, 403, 404, 422].contains(status) else { return false }
        let stems = [
            "model_not_found", "invalid_model", "unknown_model", "model_decommissioned", "model_not_supported",
        ]
        if isKind(stems) { return true }
        // What else is not found: the call of an outcome.
        if says(["tool_call", "tool call", "tool_use", "function call"]) { return false }
        let text = lowered
        return text.contains(/(?:unknown|invalid|no such|not a valid|unsupported) model\b(?! parameter| output| input)/)
            || text.contains(
                /\bmodel\b.{0,60}(?:not exist|not found|been decommissioned|no longer (?:available|supported))/)
            || says(["could not find real modelid"])
    }

    /// Whether the model's template cannot write the conversation: a plainer one may do.
    private var isOfTemplate: Bool {
        status == 500 && says(["roles must alternate", "is not callable", "jinja", "chat template", "apply template"])
    }

    /// The parameter that the model does not take at all: a value that is out of range is another matter.
    private var unsupportedParameter: String? {
        if refusesTools { return "tools" }
        guard status == 400 || status == 422 else { return nil }
        let signs = [
            "unsupported", "not support", "n't support", "unrecognized", "unknown", "not permitted", "not allowed",
            "unexpected", "deprecated", "cannot be used", "not enabled",
        ]
        let isOnly = lowered.contains(/\bonly\b.{0,30}\ballowed\b/)
        let isTold = kinds.contains("unsupported_parameter") || says(signs) || isOnly
        // What is wrong with a part of the conversation is no matter of a parameter.
        if let parameter {
            if KnownParameters.isInConversation(parameter) { return nil }
            let named = known.parameter(in: parameter)
            return isTold ? named ?? parameter : named.flatMap { Self.isOfValue($0) || $0 == "tools" ? nil : $0 }
        }
        return isTold ? known.parameter(in: words) : nil
    }

    /// Whether the model, or the server as it was started, takes no tools.
    private var refusesTools: Bool {
        guard let status, [400, 404, 422, 500].contains(status) else { return false }
        let isNamed = says(["tool use", "tool calling", "function calling", "tool choice", "tools param"])
        return isNamed && says(["not support", "n't support", "that support", "not enabled", "requires --"])
    }

    /// The parameter whose value the model refuses.
    private var refusedValue: String? {
        guard status == 400 || status == 422 else { return nil }
        if let parameter {
            return known.parameter(in: parameter).flatMap { Self.isOfValue($0) ? $0 : nil }
        }
        let signs = [
            "too large", "too small", "maximum allowed", "at most", "out of range", "is invalid", "only works",
        ]
        return says(signs) ? known.parameter(in: words).flatMap { Self.isOfValue($0) ? $0 : nil } : nil
    }

    /// Whether a parameter has a range of values.
    private static func isOfValue(_ parameter: String) -> Bool {
        parameter.hasPrefix("max") || ["temperature", "thinkingConfig", "thinkingLevel"].contains(parameter)
    }

    /// The status that a kind would be told with.
    static func status(of kind: String) -> Int? { statuses[kind] ?? (kind.hasPrefix("invalid_") ? 400 : nil) }

    /// The statuses of kinds, for errors in the middle of a stream, which have none.
    ///
    /// See: platform.claude.com/docs/en/api/errors, ai.google.dev/gemini-api/docs/troubleshooting
    private static let statuses = [
        "invalid_api_key": 401, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "timeout_error": 504, "overloaded_error": 529, "server_error": 500, "rate_limit_exceeded": 429,
        "insufficient_quota": 429, "RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "INTERNAL": 500,
        "DEADLINE_EXCEEDED": 504, "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403,
        "NOT_FOUND": 404, "usage_limit_reached": 429, "BadRequestError": 400, "NotFoundError": 404,
        "AuthenticationError": 401, "PermissionDeniedError": 403, "RateLimitError": 429, "InternalServerError": 500,
    ]
}
