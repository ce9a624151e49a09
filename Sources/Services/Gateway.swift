/// What `svc.llm.…` answers.
public enum Gateway {
    /// `chat`: the answer is a stream of `ChatChunk`s on the reply subject, numbered from 0, ended by `done` or
    /// `error`. While the call waits for a place at its provider, or for its next attempt, `ChatChunk.waiting` comes
    /// every 15 seconds: it is no part of the answer.
    ///
    /// A repeated `id` from the same caller joins the running or finished stream: it is sent again from `from` on, and
    /// nothing is bought twice. Finished streams are kept for a minute.
    public enum Chat: ServiceOperation {
        /// See `ChatChunk`.
        public typealias Reply = ChatChunk
        public static let service = ServiceName.llm, name = "chat"

        /// The call.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var id: String
            /// The first chunk wanted; more than 0 when a broken stream is joined again.
            public var from: Int
            /// The provider; the default one when nil.
            public var provider: String?
            /// The model; the provider's own when nil.
            public var model: String?
            /// The conversation, oldest first.
            public var messages: [ChatMessage]
            /// Sampling temperature, 0 to 2.
            public var temperature: Double?
            /// The most tokens of the answer.
            public var maxTokens: Int?
            /// How long the model thinks; as long as the provider lets it when nil.
            public var thinking: Thinking?
            /// The tools that the model may call; none when nil.
            public var tools: [ToolDefinition]?
            /// The room that the answer is for; nil when it is for none.
            public var room: RoomName?
            /// What the caller may spend in a day, UTC, by its record.
            public var budget: SpendingCap?
            /// Whether another model answers when this one has too many calls, so that nobody waits for it.
            public var hasNext: Bool?
            /// What of model and window the caller's record sets, so that a failure names the place to change; nothing
            /// when nil.
            public var recordKeys: [AgentKey]?

            /// A request.
            public init(
                id: String, from: Int = 0, provider: String? = nil, model: String? = nil, messages: [ChatMessage],
                temperature: Double? = nil, maxTokens: Int? = nil, thinking: Thinking? = nil,
                tools: [ToolDefinition]? = nil, room: RoomName? = nil, budget: SpendingCap? = nil,
                hasNext: Bool? = nil, recordKeys: [AgentKey]? = nil
            ) {
                self.hasNext = hasNext
                self.recordKeys = recordKeys
                self.room = room
                self.budget = budget
                self.id = id
                self.from = from
                self.provider = provider
                self.model = model
                self.messages = messages
                self.temperature = temperature
                self.maxTokens = maxTokens
                self.thinking = thinking
                self.tools = tools
            }
        }
    }

    /// `cancel`: ends a call; also done when the caller's process dies.
    public enum Cancel: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.llm, name = "cancel"

        /// Which call.
        public struct Request: Codable, Sendable, Hashable {
            /// The chat request's id.
            public var id: String

            /// A request.
            public init(id: String) { self.id = id }
        }
    }

    /// `providers`: what is configured. No keys in it.
    public enum Providers: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.llm, name = "providers"

        /// The providers.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of the configuration.
            public var providers: [ProviderInfo]
            /// The one for agents that name none.
            public var defaultProvider: String?
            /// The models for agents that name none, in the order in which they are tried; nil when none are
            /// configured.
            public var models: [String]?
            /// Why other providers of the configuration are out, by their names; nil when all are as they should be.
            public var unusable: [String: String]?

            /// A reply.
            public init(
                providers: [ProviderInfo], defaultProvider: String?, models: [String]? = nil,
                unusable: [String: String]? = nil
            ) {
                self.unusable = unusable
                self.providers = providers
                self.defaultProvider = defaultProvider
                self.models = models
            }
        }
    }
}

extension Gateway {
    /// `models`: the models that a provider offers, by its own list. Asked of the provider each time.
    public enum Models: ServiceOperation {
        public static let service = ServiceName.llm, name = "models"

        /// Whose.
        public struct Request: Codable, Sendable, Hashable {
            /// The provider; the default one when nil.
            public var provider: String?

            /// A request.
            public init(provider: String?) { self.provider = provider }
        }

        /// The models.
        public struct Reply: Codable, Sendable, Hashable {
            /// The provider.
            public var provider: String
            /// In the order of its list.
            public var models: [OfferedModel]

            /// A reply.
            public init(provider: String, models: [OfferedModel]) {
                self.provider = provider
                self.models = models
            }
        }
    }
}

/// A model in the list of its provider.
public struct OfferedModel: Codable, Sendable, Hashable {
    /// The provider's name for it.
    public var name: String
    /// The window in tokens, when the list tells it.
    public var contextWindow: TokenCount?

    /// A model.
    public init(name: String, contextWindow: TokenCount? = nil) {
        self.name = name
        self.contextWindow = contextWindow
    }
}

/// A provider as everybody may know it.
public struct ProviderInfo: Codable, Sendable, Hashable {
    /// Its name in the configuration.
    public var name: String
    /// Its default model.
    public var model: String
    /// The window in tokens.
    public var contextWindow: Int
    /// Whether its models can be trusted to call tools.
    public var tools: Bool
    /// Whether it is a model server on this machine that eggheadd runs.
    public var isLocal: Bool
    /// The windows in tokens, by their models, that the provider has told when it refused a longer conversation.
    public var learnedWindows: [String: TokenCount]?
    /// The preset that it is of, such as `openai`.
    public var vendor: String?
    /// Why it is not to be asked for the time being, in words; nil when it may be.
    public var outage: String?

    /// A provider.
    public init(
        name: String, model: String, contextWindow: Int, tools: Bool, isLocal: Bool,
        learnedWindows: [String: TokenCount]? = nil, vendor: String? = nil, outage: String? = nil
    ) {
        self.vendor = vendor
        self.outage = outage
        self.learnedWindows = learnedWindows
        self.name = name
        self.model = model
        self.contextWindow = contextWindow
        self.tools = tools
        self.isLocal = isLocal
    }
}

/// One piece of a model's answer. Exactly one of `text`, `done` and `error` is there, but for `waiting`.
public struct ChatChunk: Codable, Sendable, Hashable {
    /// From 0, without gaps.
    public var sequence: Int
    /// Words that follow the ones before.
    public var text: String?
    /// The end of a whole answer.
    public var done: ChatOutcome?
    /// The end of a broken one.
    public var error: ProviderFailure?

    /// A chunk.
    public init(sequence: Int, text: String? = nil, done: ChatOutcome? = nil, error: ProviderFailure? = nil) {
        self.sequence = sequence
        self.text = text
        self.done = done
        self.error = error
    }

    /// A sign of life of a call that waits: before every chunk of the answer, so that who counts passes it over.
    public static let waiting = ChatChunk(sequence: -1)
}

/// How an answer ended and what it cost.
public struct ChatOutcome: Codable, Sendable, Hashable {
    /// Why the model stopped.
    public enum StopReason: String, Codable, Sendable {
        case end, length, filtered, other
        /// It wants tools to be run and their outcomes told.
        case toolCalls
    }

    /// Why the model stopped.
    public var stopReason: StopReason
    /// Tokens, when the provider told a number that a call can have.
    public var usage: TokenUsage?
    /// The provider that answered.
    public var provider: String
    /// The model that answered.
    public var model: String
    /// The tools that the model calls, in its order, under the ids that the provider gave them; none when nil.
    public var toolCalls: [ToolCall]?
    /// Where the opaque parts of the answer stand among its words and calls; nil if there are none, or no calls: they
    /// go back to the provider together with the outcomes of calls, and only then.
    public var layout: ContentLayout?
    /// How many bytes of the words, from the first one on, were thoughts, which shows only when they end: the server
    /// has kept their beginning to itself. None when nil.
    public var thoughtBytes: Int?

    /// An outcome.
    public init(
        stopReason: StopReason, usage: TokenUsage?, provider: String, model: String, toolCalls: [ToolCall]? = nil,
        layout: ContentLayout? = nil, thoughtBytes: Int? = nil
    ) {
        self.thoughtBytes = thoughtBytes
        self.stopReason = stopReason
        self.usage = usage?.ofOneCall
        self.provider = provider
        self.model = model
        self.toolCalls = toolCalls
        self.layout = layout
    }
}

/// Why a provider gave no whole answer.
public struct ProviderFailure: Codable, Sendable, Hashable, Error {
    /// What kind of failure it is; the agent decides by this.
    public enum Code: String, Codable, Sendable {
        /// No provider of that name, or none at all, is configured.
        case notConfigured
        /// The endpoint cannot be reached.
        case unreachable
        /// The provider refused the key.
        case unauthorized
        /// Too many requests, or the quota is used up.
        case rateLimited
        /// The provider answered with a server error.
        case serverError
        /// The conversation is longer than the model's window.
        case contextOverflow
        /// The provider refused the request for another reason.
        case rejected
        /// The stream was silent for longer than the idle timeout.
        case idleTimeout
        /// The stream broke off before its end.
        case interrupted
        /// The provider sent something that is not its protocol.
        case malformed
        /// The caller asked for the end.
        case cancelled
        /// A cap of spending leaves too little for the call.
        case spent

        /// Whether it is the provider's state, and not the call, so that another provider can help.
        public var isOutage: Bool {
            switch self {
            case .unreachable, .unauthorized, .rateLimited, .serverError, .idleTimeout, .malformed, .interrupted: true
            case .notConfigured, .contextOverflow, .rejected, .cancelled, .spent: false
            }
        }
    }

    /// The kind.
    public var code: Code
    /// One line for a person: what was tried, on what, what the answer was, what to do. No key is ever in it.
    public var message: String
    /// The length of the model's window, when the provider has told it of a conversation that is longer.
    public var window: TokenCount?
    /// For how many seconds the provider wants to be left alone, when it has had too many calls and says so.
    public var retryAfterSeconds: Int?

    /// A failure.
    public init(_ code: Code, _ message: String, window: TokenCount? = nil, retryAfterSeconds: Int? = nil) {
        self.retryAfterSeconds = retryAfterSeconds
        self.code = code
        self.message = message
        self.window = window
    }
}
