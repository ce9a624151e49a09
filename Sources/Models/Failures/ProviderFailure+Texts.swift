import EventStream
import Services

extension ProviderFailure {
    /// Says to a person what a refusal means and what to do about it.
    public init(_ refusal: ProviderRefusal, of provider: ProviderProfile) {
        let answer = Self.answer(refusal, provider)
        let name = "provider \(provider.name)"
        switch refusal.cause {
        case .contextOverflow:
            let advice = refusal.window.map { "set context_window: \($0)" } ?? "lower context_window"
            let place = provider.recordKeys.contains(.contextWindow) ? "in the agent's record" : Self.section
            self.init(
                .contextOverflow,
                "\(name): the conversation is longer than the window of \(provider.model) (\(answer)); "
                    + "\(advice) \(place)", window: refusal.window)
        case .unsupportedParameter:
            self.init(
                .rejected,
                "\(name): \(provider.model) does not take \(refusal.parameter ?? "a parameter") (\(answer)); "
                    + Self.remedy(for: refusal.parameter, provider))
        case .refusedValue:
            self.init(
                .rejected,
                "\(name): \(provider.model) does not take this value of \(refusal.parameter ?? "a parameter") "
                    + "(\(answer)); \(Self.remedy(for: refusal.parameter, provider))")
        case .denied:
            self.init(
                .unauthorized,
                "\(name) does not allow the call to \(provider.model) (\(answer)); check what its account may use")
        case .filtered:
            self.init(
                .rejected,
                "\(name): a filter refused the conversation with \(provider.model) (\(answer)); "
                    + "say it in other words, or use another model")
        case .keyRefused:
            // The words are left out: vendors quote part of the key in them.
            self.init(
                .unauthorized, "\(name) refused the key (\(Self.place(refusal))); check \(provider.keyPlace)")
        case .limited:
            let when = refusal.retryAfter.map(Self.wait) ?? "try again later"
            self.init(
                .rateLimited, "\(name) refused the call: too many requests or no quota left (\(answer)); \(when)",
                retryAfterSeconds: refusal.retryAfter.map { Int($0.components.seconds) })
        case .unknownModel:
            self.init(
                .rejected,
                "\(name) knows no model \(provider.model) at \(provider.address) (\(answer)); "
                    + provider.modelAdvice)
        case .redirected:
            self.init(
                .rejected,
                "\(name) at \(provider.address) redirects the call (\(answer)); "
                    + "write the final address as url of this provider in config.yml")
        case .serverFault:
            self.init(.serverError, "\(name) failed by its own fault (\(answer)); try again, or use another provider")
        case .rejected:
            self.init(.rejected, "\(name) refused the call to \(provider.model) (\(answer)); check what it asks for")
        }
    }

    /// When to try again. What is longer than a few hours is not told by its length: no provider means a year.
    private static func wait(_ retryAfter: Duration) -> String {
        retryAfter < waitTold ? "try again in \(retryAfter.components.seconds) s" : "try again in 6 h or more"
    }

    /// The same as that of curl, which gives no longer one.
    private static let waitTold = Duration.seconds(21_600)

    private static let section = "of this provider in config.yml"

    /// What a person does about a parameter of this name.
    private static func remedy(for parameter: String?, _ provider: ProviderProfile) -> String {
        switch parameter {
        case "temperature": "take temperature out of the agent's record"
        case "reasoning_effort", "reasoning", "thinking", "output_config", "thinkingConfig", "thinkingLevel":
            "take thinking out of the agent's record"
        case "max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens":
            "take max_tokens out of the agent's record"
        case "tools", "tool_choice": "set tools: false of this provider in config.yml"
        case _: provider.modelAdvice
        }
    }

    /// Where the refusal was told.
    private static func place(_ refusal: ProviderRefusal) -> String {
        refusal.status.map { "HTTP \($0)" } ?? "in its stream"
    }

    private static func answer(_ refusal: ProviderRefusal, _ provider: ProviderProfile) -> String {
        let place = place(refusal)
        return refusal.words.isEmpty ? place : "\(place): \(provider.quoted(refusal.words))"
    }

    /// The endpoint cannot be reached.
    public static func unreachable(_ reason: String, _ provider: ProviderProfile) -> ProviderFailure {
        let advice =
            provider.isSupervised
            ? "see `egghead ps` and `egghead logs`"
            : provider.hasSocket
                ? "start its server, or check socket of this provider in config.yml"
                : "check the network, and url of this provider in config.yml"
        return ProviderFailure(
            .unreachable,
            "provider \(provider.name) cannot be reached at \(provider.address): "
                + "\(provider.quoted(reason)); \(advice)")
    }

    /// The answer broke off.
    public static func interrupted(_ reason: String, _ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(
            .interrupted,
            "provider \(provider.name) broke off before the end of its answer: "
                + "\(provider.quoted(reason)); ask again")
    }

    /// The answer is not what it should be.
    public static func malformed(_ problem: StreamProblem, _ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(
            .malformed,
            "provider \(provider.name) did not answer as \(provider.dialect.apiName) does: \(problem); "
                + "check url of this provider in config.yml")
    }

    static func idle(_ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(
            .idleTimeout,
            "provider \(provider.name) was silent for \(provider.idleTimeout.components.seconds) s or more; "
                + "ask again, or raise idle_timeout of this provider in config.yml")
    }

    static func overdue(_ provider: ProviderProfile) -> ProviderFailure {
        let span = Counted.words(seconds: Int(StreamIdleTimeout.answerMax.components.seconds))
        return ProviderFailure(
            .interrupted,
            "provider \(provider.name) has not ended its answer within \(span); "
                + "ask for less at a time")
    }

    /// The provider has just said to another call that it wants to be left alone, for longer than anybody waits.
    public static func leftAlone(for pause: Duration, _ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(
            .rateLimited,
            "provider \(provider.name) has had too many requests or has no quota left, as it told another call, so "
                + "this one was not sent; \(wait(pause))",
            retryAfterSeconds: Int(pause.components.seconds))
    }

    /// The list of models has not come in its time.
    public static func listIsLate(_ time: Duration, _ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(
            .idleTimeout,
            "provider \(provider.name) has not listed its models within \(time.components.seconds) s; ask again, or "
                + "check url of this provider in config.yml")
    }

    static func cancelled(_ provider: ProviderProfile) -> ProviderFailure {
        ProviderFailure(.cancelled, "the call to provider \(provider.name) was cancelled")
    }

    /// The provider names a place for its key, and there is none.
    public static func keyMissing(_ provider: ProviderProfile) -> ProviderFailure {
        let advice =
            switch provider.keySource {
            case .environment?, nil: "set \(provider.keyPlace) and restart the node"
            case .file?: "write it to \(provider.keyPlace), for its owner alone, and reload the node"
            case .credential?: "check \(provider.keyPlace) and restart it"
            case .command?: "check \(provider.keyPlace) and reload the node"
            }
        let problem = provider.keyProblem.map { ": \($0)" } ?? ""
        return ProviderFailure(.unauthorized, "provider \(provider.name) has no key\(problem); \(advice)")
    }

    /// A cap leaves too little for a call.
    public static func spent(_ cap: ReachedCap) -> ProviderFailure {
        let use = cap.use
        let used = cap.isMoney ? "\(use.money)" : Counted.words(use.tokens.value, "token")
        let limit = cap.isMoney ? use.cap.money.map { "\($0)" } : use.cap.tokens.map { "\($0)" }
        let renewed = use.renewed.prefix(16).replacing("T", with: " ")
        return ProviderFailure(
            .spent,
            "\(used) of \(limit ?? "0") are spent (\(use.scope)), which leaves too little for an answer; it goes on at "
                + "\(renewed) UTC, or when \(cap.place) is raised")
    }

    /// What a call under a cap would cost cannot be written down.
    public static func notRecorded(_ reason: String) -> ProviderFailure {
        ProviderFailure(
            .spent, "what the call costs cannot be recorded, and there is a cap: \(reason); free space, then ask again")
    }

    /// A provider's section of the configuration is wrong.
    public static func unusable(_ name: String, _ problem: String) -> ProviderFailure {
        ProviderFailure(.notConfigured, "provider \(name) is out: \(problem); correct it, then `egghead reload`")
    }

    /// No provider of that name, or none at all.
    public static func notConfigured(_ name: String?, known: [String]) -> ProviderFailure {
        let wanted = name.map { "no provider \($0) is configured" } ?? "no model provider is configured"
        let advice =
            known.isEmpty
            ? "set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and restart the node, or add one under "
                + "providers in config.yml, or run scripts/run to install the local model"
            : "configured are \(known.joined(separator: ", "))"
        return ProviderFailure(.notConfigured, "\(wanted); \(advice)")
    }
}

extension ProviderProfile {
    /// What a person looks at whose model the provider does not know.
    fileprivate var modelAdvice: String {
        let key = recordKeys.contains(.models) ? "models" : "model"
        return recordKeys.contains { $0 == .model || $0 == .models }
            ? "check \(key) in the agent's record, and url of this provider in config.yml"
            : "check model and url of this provider in config.yml"
    }

    fileprivate var keyPlace: String {
        keySource.map { "\($0)" } ?? "key of this provider in config.yml"
    }
}
