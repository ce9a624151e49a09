import Services

/// What a server asks a person for: a flat form.
///
/// See: MCP 2026-07-28, Elicitation, Requested Schema
public struct ElicitationForm: Codable, Sendable, Hashable {
    /// In a fixed order: those that are required first, each group by name, since JSON keeps no order.
    public var fields: [Field]

    /// One thing that is asked for.
    public struct Field: Codable, Sendable, Hashable {
        /// The server's name for it, and the member of the answer.
        public var name: String
        /// The name for people.
        public var title: String
        /// What it is about.
        public var explanation: String?
        /// Whether an answer must have it.
        public var isRequired: Bool
        /// What may be given.
        public var kind: Kind
        /// What the server would take if a person has no opinion.
        public var suggestion: JSONValue?
    }

    /// What may be given in a field.
    public enum Kind: Codable, Sendable, Hashable {
        /// A text of so many characters, in the form that the schema names: `email`, `uri`, `date` or `date-time`.
        case text(lengthMin: Int, lengthMax: Int?, format: String?)
        /// A number.
        case number(min: Double?, max: Double?, isWhole: Bool)
        /// Yes or no.
        case bool
        /// One of some texts.
        case choice(options: [Option])
        /// Some of some texts.
        case choices(options: [Option], countMin: Int, countMax: Int?)
    }

    /// A text to choose.
    public struct Option: Codable, Sendable, Hashable {
        /// What is answered.
        public var value: String
        /// What people read.
        public var title: String
    }

    /// Reads a schema.
    ///
    /// - Throws: What no form for a person can be made of.
    init(_ schema: JSONValue) throws(MCPProblem) {
        guard schema["type"]?.string == "object", case .object(let properties) = schema["properties"] ?? .object([:])
        else { throw .init("the requested schema is no flat object") }
        guard properties.count <= MCPLimits.formFieldsMax else { throw .init("the form has too many fields") }
        let required = Set((schema["required"]?.items ?? []).compactMap { $0.string.map(ExactText.init) })
        var fields: [Field] = []
        for (name, property) in properties {
            fields.append(try Field(name, property, isRequired: required.contains(ExactText(name))))
        }
        self.fields = fields.sorted { first, second in
            first.isRequired == second.isRequired
                ? ExactText(first.name) < ExactText(second.name) : first.isRequired
        }
    }
}

extension ElicitationForm.Field {
    fileprivate init(_ name: String, _ schema: JSONValue, isRequired: Bool) throws(MCPProblem) {
        guard name.utf8.count <= MCPLimits.noteBytesMax, !name.hasHidden else { throw .init("a field has no fit name") }
        self.name = name
        self.isRequired = isRequired
        title = schema["title"]?.string?.outsideLine(bytesMax: MCPLimits.noteBytesMax) ?? name
        explanation = schema["description"]?.string?.outsideText(bytesMax: MCPLimits.spokenBytesMax)
        kind = try ElicitationForm.Kind(schema)
        suggestion = schema["default"]
        // A suggestion that is none would be refused as an answer.
        if let suggestion, problem(with: suggestion) != nil { self.suggestion = nil }
    }
}

extension ElicitationForm.Kind {
    fileprivate init(_ schema: JSONValue) throws(MCPProblem) {
        switch schema["type"]?.string {
        case "string"?:
            if let options = try Self.options(schema["enum"] ?? schema["oneOf"], names: schema["enumNames"]) {
                self = .choice(options: options)
            } else {
                self = .text(
                    lengthMin: max(0, schema["minLength"]?.whole ?? 0), lengthMax: schema["maxLength"]?.whole,
                    format: schema["format"]?.string)
            }
        case "number"?, "integer"?:
            self = .number(
                min: schema["minimum"]?.double, max: schema["maximum"]?.double,
                isWhole: schema["type"]?.string == "integer")
        case "boolean"?: self = .bool
        case "array"?:
            let items = schema["items"]
            guard let options = try Self.options(items?["enum"] ?? items?["anyOf"] ?? items?["oneOf"], names: nil)
            else { throw .init("a list of the form has no options") }
            self = .choices(
                options: options, countMin: max(0, schema["minItems"]?.whole ?? 0), countMax: schema["maxItems"]?.whole)
        case let type: throw .init("a field of the type `\((type ?? "none").outsideLine(bytesMax: 32))` has no form")
        }
    }

    /// - Parameter names: What people read, in the same order, as revision 2025-06-18 has it.
    private static func options(
        _ list: JSONValue?, names: JSONValue?
    ) throws(MCPProblem) -> [ElicitationForm.Option]? {
        guard let items = list?.items else { return nil }
        guard (1...MCPLimits.formOptionsMax).contains(items.count) else { throw .init("a field has no fit options") }
        let names = names?.items ?? []
        var options: [ElicitationForm.Option] = []
        for (place, item) in items.enumerated() {
            guard let value = item.string ?? item["const"]?.string, value.utf8.count <= MCPLimits.formTextBytesMax
            else { throw .init("an option of the form is no text") }
            let title = item["title"]?.string ?? (place < names.count ? names[place].string : nil) ?? value
            options.append(
                ElicitationForm.Option(value: value, title: title.outsideLine(bytesMax: MCPLimits.noteBytesMax)))
        }
        return options
    }
}
