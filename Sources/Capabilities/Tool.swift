import Services

/// A tool that the toolbox serves. The raw value is its name on the bus and in a model's menu.
public enum Tool: String, CaseIterable, Sendable {
    case searchRecords = "search_records"
    case getRecord = "get_record"
    case createRecord = "create_record"
    case writeDeliberation = "write_deliberation"
    case readDeliberation = "read_deliberation"

    /// What a caller must be allowed to do.
    public var permission: Permission {
        switch self {
        case .searchRecords: Permission("records", "search")
        case .getRecord: Permission("records", "read")
        case .createRecord: Permission("records", "create")
        case .writeDeliberation: Permission("deliberations", "write")
        case .readDeliberation: Permission("deliberations", "read")
        }
    }

    /// Whether it changes anything outside the agent. What does is claimed on the disk before it runs.
    public var hasSideEffect: Bool {
        switch self {
        case .createRecord, .writeDeliberation: true
        case .searchRecords, .getRecord, .readDeliberation: false
        }
    }

    /// How a model's menu shows it; nil for what models do not call.
    public var definition: ToolDefinition? {
        switch self {
        case .searchRecords:
            return definition(
                "Searches the notes for passages that answer a question; each comes with the [[id]] of its note.",
                ["query": Self.text("What to look for, in a few words or as a question.")], required: ["query"])
        case .getRecord:
            return definition(
                "Reads one note whole.", ["id": Self.text("Its id, as in [[id]].")], required: ["id"])
        case .createRecord:
            return definition(
                "Writes a new note. It never changes one that exists.",
                [
                    "title": Self.text("Its title."),
                    "body": Self.text("Its text, in Markdown; [[id]] links to a note."),
                    "id": Self.text("Its id, such as guides/rollback; made from the title when left out."),
                    "tags": .object([
                        "type": .string("array"), "items": .object(["type": .string("string")]),
                        "description": .string("Words to find it by."),
                    ]),
                ], required: ["title", "body"])
        case .writeDeliberation, .readDeliberation: return nil
        }
    }

    private func definition(
        _ description: String, _ properties: [String: JSONValue], required: [String]
    ) -> ToolDefinition {
        ToolDefinition(
            name: rawValue, description: description,
            parameters: .object([
                "type": .string("object"), "properties": .object(properties),
                "required": .array(required.map(JSONValue.string)), "additionalProperties": .bool(false),
            ]))
    }

    private static func text(_ description: String) -> JSONValue {
        .object(["type": .string("string"), "description": .string(description)])
    }
}
