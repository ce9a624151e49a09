import Services

/// A tool that is offered to clients.
public struct ServedTool: Hashable, Sendable {
    /// As models see it.
    public let definition: ToolDefinition
    /// Whether it changes nothing.
    public let readsOnly: Bool
    /// Whether it takes away what is there.
    public let destroys: Bool

    /// A tool.
    public init(_ definition: ToolDefinition, readsOnly: Bool, destroys: Bool = false) {
        self.definition = definition
        self.readsOnly = readsOnly
        self.destroys = destroys
    }

    /// As `tools/list` has it.
    ///
    /// See: MCP 2026-07-28, Tools, Data Types
    var json: JSONValue {
        .object([
            "name": .string(definition.name), "description": .string(definition.description),
            "inputSchema": definition.parameters,
            "annotations": .object(["readOnlyHint": .bool(readsOnly), "destructiveHint": .bool(destroys)]),
        ])
    }
}

/// What became of a call.
public struct ServedOutcome: Hashable, Sendable {
    /// For the model.
    public var text: String
    /// Whether it was not done, or not all of it.
    public var isError: Bool
    /// The same for programs, an object.
    public var structured: JSONValue?

    /// An outcome.
    public init(_ text: String, isError: Bool = false, structured: JSONValue? = nil) {
        self.text = text
        self.isError = isError
        self.structured = structured
    }
}

/// A prompt that people choose in a client.
public struct ServedPrompt: Hashable, Sendable {
    /// What it is called.
    public let name: String
    /// What it is for.
    public let description: String

    /// A prompt.
    public init(name: String, description: String) {
        self.name = name
        self.description = description
    }

    var json: JSONValue { .object(["name": .string(name), "description": .string(description)]) }
}

/// Something that clients can read.
public struct ServedResource: Hashable, Sendable {
    /// Its address, such as `egghead://record/guides/rollback`.
    public let address: String
    /// What it is called, for people.
    public let title: String
    /// What it is, such as `text/markdown`.
    public let type: String

    /// A resource.
    public init(address: String, title: String, type: String) {
        self.address = address
        self.title = title
        self.type = type
    }

    var json: JSONValue {
        .object([
            "uri": .string(address), "name": .string(title), "title": .string(title), "mimeType": .string(type),
        ])
    }
}
