import Services

/// A parameter of a tool whose value Streamable HTTP says in a header, too, for what routes the request.
///
/// See: MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters
struct HeaderParameter: Hashable {
    /// The header: `Mcp-Param-Region`.
    let header: String
    /// The names that lead to the value from the arguments.
    let path: [String]

    /// The parameters that a schema marks, in the order of their headers.
    ///
    /// - Throws: What makes a mark one that the specification does not allow; the tool is not offered then.
    static func all(in schema: JSONValue) throws(MCPProblem) -> [HeaderParameter] {
        var found: [HeaderParameter] = []
        try collect(schema, path: [], into: &found)
        let names = Set(found.map { $0.header.lowercased() })
        guard names.count == found.count else { throw .init("two of its parameters have one `x-mcp-header`") }
        return found.sorted { $0.header < $1.header }
    }

    /// The value in the arguments of a call, as the header has it; nil when there is none.
    func value(in arguments: [String: JSONValue]) -> String? {
        var value = JSONValue.object(arguments)
        for name in path {
            guard let member = value[name] else { return nil }
            value = member
        }
        switch value {
        case .string(let text): return HeaderText.encode(text)
        case .bool(let isTrue): return isTrue ? "true" : "false"
        case .integer, .number: return value.whole.map(String.init)
        case .null, .array, .object: return nil
        }
    }

    /// - Parameter path: The names of properties that lead to the schema; nil when something else does, too.
    private static func collect(
        _ schema: JSONValue, path: [String]?, into found: inout [HeaderParameter]
    ) throws(MCPProblem) {
        guard case .object(let members) = schema else {
            for item in schema.items ?? [] { try collect(item, path: nil, into: &found) }
            return
        }
        if let mark = members["x-mcp-header"] {
            found.append(try HeaderParameter(mark, of: members["type"], path: path))
        }
        for (key, value) in members where !isData.contains(key) {
            guard holdsNamedSchemas.contains(key), case .object(let named) = value else {
                try collect(value, path: nil, into: &found)
                continue
            }
            for (name, property) in named {
                try collect(property, path: key == "properties" ? path.map { $0 + [name] } : nil, into: &found)
            }
        }
    }

    /// Keys whose members are names, and not keys of a schema.
    private static let holdsNamedSchemas: Set = ["properties", "patternProperties", "$defs", "definitions"]
    /// Keys with values, which are no schemas.
    private static let isData: Set = ["default", "const", "enum", "examples", "x-mcp-header"]

    private init(_ mark: JSONValue, of type: JSONValue?, path: [String]?) throws(MCPProblem) {
        guard let name = mark.string, !name.isEmpty, name.utf8.allSatisfy(HeaderText.isTokenByte) else {
            throw .init("an `x-mcp-header` of it can be no name of a header")
        }
        guard let path, !path.isEmpty else { throw .init("an `x-mcp-header` of it stands where no value is") }
        let types = type?.items?.compactMap(\.string) ?? [type?.string ?? ""]
        guard !types.isEmpty, types.allSatisfy({ ["string", "integer", "boolean", "null"].contains($0) }) else {
            throw .init("its `x-mcp-header` \(name) marks neither a text, a whole number nor a truth value")
        }
        header = "Mcp-Param-\(name)"
        self.path = path
    }
}

/// Texts in the headers of requests.
///
/// See: MCP 2026-07-28, Streamable HTTP, Value Encoding; RFC 9110 §5.5, §5.6.2
enum HeaderText {
    /// A text as the value of a header: as it is, or in base 64 where a header could not carry it.
    static func encode(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 == 0x09 || (0x20...0x7E).contains($0) }
        let isBare = !isBlank(text.utf8.first) && !isBlank(text.utf8.last)
        let looksEncoded = text.hasPrefix("=?base64?") && text.hasSuffix("?=")
        return isPlain && isBare && !looksEncoded ? text : "=?base64?\(Base64.encode(Array(text.utf8)))?="
    }

    private static func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether a byte can stand in the name of a header.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
