import Services

/// What a provider says when it refuses a call, before the stream or in the middle of it, and what that means. The
/// dialect decides the meaning once; retry and messages follow from it.
public struct ProviderRefusal: Hashable, Sendable {
    /// What a refusal means, for a person and for the asker.
    public enum Cause: Hashable, Sendable {
        /// The conversation is longer than the model's window.
        case contextOverflow
        /// The key is not accepted.
        case keyRefused
        /// Too many requests, or the quota is used up.
        case limited
        /// The provider has no such model, or no such address.
        case unknownModel
        /// The address is another one.
        case redirected
        /// The provider has failed.
        case serverFault
        /// The model takes no such parameter as `ProviderRefusal.parameter`.
        case unsupportedParameter
        /// The model takes `ProviderRefusal.parameter`, but not with this value.
        case refusedValue
        /// The key is known, and does not allow the call: a plan, a region, a firewall.
        case denied
        /// A filter refuses what the conversation says.
        case filtered
        /// Something else in the request.
        case rejected
    }

    /// The HTTP status; in the middle of a stream the number that the error has, if any.
    public var status: Int?
    /// The provider's words as they came, empty if it said nothing; to be quoted by `ProviderProfile.quoted` alone.
    public var words: String
    /// What it means.
    public var cause: Cause
    /// Whether asking again soon could help.
    public var mayPass: Bool
    /// How long the provider wants to be left alone.
    public var retryAfter: Duration?
    /// The vendor's name of the parameter that the model does not take, or not with its value.
    public var parameter: String?
    /// The length of the model's window in tokens, when the refusal of a long conversation tells it.
    public var window: TokenCount?

    /// A refusal as a dialect has read it.
    public init(
        status: Int?, words: String = "", cause: Cause, mayPass: Bool, retryAfter: Duration? = nil,
        parameter: String? = nil, window: TokenCount? = nil
    ) {
        self.status = status
        self.words = words
        self.cause = cause
        self.mayPass = mayPass
        self.retryAfter = retryAfter
        self.parameter = parameter
        self.window = window
    }
}

extension ProviderRefusal.Cause {
    /// What a status says where the provider's words say nothing more, in every dialect.
    ///
    /// | status | cause |
    /// |---|---|
    /// | 401, 403 | `keyRefused` |
    /// | 402, 429 | `limited` |
    /// | 404 | `unknownModel` |
    /// | 413 | `contextOverflow` |
    /// | 3xx | `redirected` |
    /// | 408, 425, 498, 5xx, or none | `serverFault` |
    /// | every other one | `rejected` |
    public init(status: Int?) {
        switch status ?? 500 {
        case 401, 403: self = .keyRefused
        case 402, 429: self = .limited
        case 404: self = .unknownModel
        case 413: self = .contextOverflow
        case 300..<400: self = .redirected
        case 408, 425, 498, 500...: self = .serverFault
        case _: self = .rejected
        }
    }
}

extension String {
    /// One line of printable text, cut: what strangers wrote goes into our notices only so.
    var quotable: String {
        var line = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(4 * ModelLimits.quoteCharactersMax) {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isLineEnd = scalar.value == 0x2028 || scalar.value == 0x2029
            if !isControl && !isLineEnd { line.append(scalar) } else if line.last != " " { line.append(" ") }
        }
        let text = String(line)
        let isCut = text.count > ModelLimits.quoteCharactersMax
        return isCut ? text.prefix(ModelLimits.quoteCharactersMax) + "…" : text
    }
}
