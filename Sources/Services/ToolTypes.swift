// What a model, an agent and the toolbox say to each other about tools, whoever the provider is.

/// A tool as a model's menu shows it.
public struct ToolDefinition: Codable, Sendable, Hashable {
    /// Its name, by which the model calls it.
    public var name: String
    /// What it does and when to use it, for the model.
    public var description: String
    /// What it takes: a JSON schema of type `object`.
    ///
    /// See: json-schema.org/draft/2020-12
    public var parameters: JSONValue
    /// Whether a call changes nothing, so that several may run at once; no model is told. Not unless said.
    public var readsOnly: Bool?

    /// A tool.
    public init(name: String, description: String, parameters: JSONValue, readsOnly: Bool? = nil) {
        self.readsOnly = readsOnly
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// A model's wish to have a tool run.
public struct ToolCall: Codable, Sendable, Hashable {
    /// Unique among the calls of an agent; a repeated one is the same call and does not run again.
    public var id: String
    /// The tool.
    public var name: String
    /// What the model gives it: the text of a JSON object, as the model wrote it.
    public var arguments: String

    /// A call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// What became of a tool call.
public struct ToolOutcome: Codable, Sendable, Hashable {
    /// How it ended.
    public enum Status: String, Codable, Sendable {
        /// It was done; the text is what the tool says.
        case done
        /// It was not done; the text says why.
        case failed
        /// The agent may not do it; it was not tried.
        case denied
        /// A person has refused it, or has not answered in time; it was not tried.
        case refused
        /// Whether it was done is not known: whatever ran it has died, or gave no answer. It is never tried again
        /// unasked.
        case unknown
    }

    /// How it ended.
    public var status: Status
    /// For the model.
    public var text: String
    /// Why it was denied, when it was, or a part of what it did.
    public var denial: DenialCode?
    /// What was denied to a program that ran, in words; nil when nothing was.
    public var deniedPart: String?

    /// An outcome.
    public init(_ status: Status, _ text: String, denial: DenialCode? = nil, deniedPart: String? = nil) {
        self.status = status
        self.text = text
        self.denial = denial
        self.deniedPart = deniedPart
    }
}

/// Why a call is denied.
public enum DenialCode: String, Codable, Sendable, CaseIterable {
    /// No grant of the agent's is of the permission that the call needs.
    case capabilityAbsent = "capability_absent"
    /// The grants of the permission do not take in what the call is about.
    case scopeViolation = "scope_violation"
    /// The call would change what the agent itself may do.
    case selfModification = "self_modification"
    /// The call would let another agent do what the agent itself may not.
    case exceedsGrantorAuthority = "exceeds_grantor_authority"
    /// There is no such tool.
    case unknownTool = "unknown_tool"
}

/// A tool call and what became of it.
public struct MadeToolCall: Codable, Sendable, Hashable {
    /// What was wanted.
    public var call: ToolCall
    /// What became of it; nil while it runs, or waits to run.
    public var outcome: ToolOutcome?
    /// The number of the request by which a person is asked whether it may run; nil when nobody is.
    public var request: Int?

    /// A call.
    public init(_ call: ToolCall, outcome: ToolOutcome? = nil, request: Int? = nil) {
        self.call = call
        self.outcome = outcome
        self.request = request
    }
}

/// A tool, for people.
public struct ToolDescription: Codable, Sendable, Hashable {
    /// As models see it.
    public var definition: ToolDefinition
    /// What a call needs, all of it.
    public var needs: [Permission]
    /// Whether it changes something.
    public var hasSideEffect: Bool

    /// A tool.
    public init(definition: ToolDefinition, needs: [Permission], hasSideEffect: Bool) {
        self.definition = definition
        self.needs = needs
        self.hasSideEffect = hasSideEffect
    }

    /// How much harm it can do: that of its permissions that can do most.
    public var risk: Permission.Risk { needs.map(\.risk).max() ?? .low }
}

/// A grant that allows nothing.
public struct InertGrant: Codable, Sendable, Hashable {
    /// As written.
    public var grant: Grant
    /// Why, for example `names no directory; write fs.read:/DIRECTORY`.
    public var reason: String

    /// A grant with a reason.
    public init(grant: Grant, reason: String) {
        self.grant = grant
        self.reason = reason
    }
}

/// Something that is wrong with what agents may do, and how to put it right.
public struct ToolFinding: Codable, Sendable, Hashable {
    /// What is wrong, and with whom.
    public var problem: String
    /// What a person can do.
    public var fix: String

    /// A finding in words.
    public init(_ problem: String, fix: String) {
        self.problem = problem
        self.fix = fix
    }
}
