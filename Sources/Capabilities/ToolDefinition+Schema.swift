import Services

/// How the definitions of tools are written: a schema of type `object` whose members are all listed.
///
/// See: json-schema.org/draft/2020-12
extension ToolDefinition {
    /// A tool that takes these members.
    static func object(
        _ name: String, _ description: String, _ properties: [String: JSONValue], required: [String]
    ) -> ToolDefinition {
        ToolDefinition(
            name: name, description: description,
            parameters: .object([
                "type": .string("object"), "properties": .object(properties),
                "required": .array(required.map(JSONValue.string)), "additionalProperties": .bool(false),
            ]))
    }
}

extension ToolDefinition {
    /// The names of what it takes.
    public var argumentNames: Set<String> {
        guard case .object(let schema) = parameters, case .object(let members)? = schema["properties"] else {
            return []
        }
        return Set(members.keys)
    }
}

extension JSONValue {
    /// The schema of a text.
    static func text(_ description: String) -> JSONValue { schema("string", description) }

    /// The schema of a whole number.
    static func integer(_ description: String) -> JSONValue { schema("integer", description) }

    /// The schema of a list of texts.
    static func texts(_ description: String) -> JSONValue {
        .object([
            "type": .string("array"), "items": .object(["type": .string("string")]),
            "description": .string(description),
        ])
    }

    /// The schema of an object with any members.
    static func object(_ description: String) -> JSONValue { schema("object", description) }

    /// The schema of one text of several.
    static func choice(_ texts: [String], _ description: String) -> JSONValue {
        .object([
            "type": .string("string"), "enum": .array(texts.map(JSONValue.string)),
            "description": .string(description),
        ])
    }

    private static func schema(_ type: String, _ description: String) -> JSONValue {
        .object(["type": .string(type), "description": .string(description)])
    }
}
