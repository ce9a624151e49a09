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

    /// A tool.
    public init(name: String, description: String, parameters: JSONValue) {
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
        /// Whether it was done is not known: whatever ran it has died, or gave no answer. It is never tried again
        /// unasked.
        case unknown
    }

    /// How it ended.
    public var status: Status
    /// For the model.
    public var text: String

    /// An outcome.
    public init(_ status: Status, _ text: String) {
        self.status = status
        self.text = text
    }
}

/// A tool call and what became of it.
public struct MadeToolCall: Codable, Sendable, Hashable {
    /// What was wanted.
    public var call: ToolCall
    /// What became of it; nil while it runs, or waits to run.
    public var outcome: ToolOutcome?

    /// A call.
    public init(_ call: ToolCall, outcome: ToolOutcome? = nil) {
        self.call = call
        self.outcome = outcome
    }
}
