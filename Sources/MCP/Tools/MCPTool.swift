import JSON
import Services

/// A tool of a server, as the menu offers it.
public struct MCPTool: Codable, Sendable, Hashable {
    /// The server's name for it, by which it is called there.
    public var name: String
    /// The name for people, if it has one.
    public var title: String?
    /// As models see it, under its name of the menu. Whether it only reads is left unsaid: that is the server's word.
    public var definition: ToolDefinition
    /// What the server says about it. For display only.
    public var annotations: Annotations
    /// Of what the server says that it is.
    public var digest: Digest

    /// The name by which a model calls it.
    public var menuName: String { definition.name }

    /// What a server says about what its tool does, never trusted.
    ///
    /// See: MCP 2026-07-28, Schema, ToolAnnotations
    public struct Annotations: Codable, Sendable, Hashable {
        /// It changes nothing.
        public var readOnlyHint: Bool?
        /// It may destroy something.
        public var destructiveHint: Bool?
        /// A second call with the same arguments changes nothing more.
        public var idempotentHint: Bool?
        /// It deals with a world outside.
        public var openWorldHint: Bool?

        /// In words for people, those that are told.
        public var words: [String] {
            let told: [(Bool?, String, String)] = [
                (readOnlyHint, "reads only", "changes something"), (destructiveHint, "destroys", "destroys nothing"),
                (idempotentHint, "may be repeated", "is not to be repeated"),
                (openWorldHint, "reaches outside", "stays inside"),
            ]
            return told.compactMap { hint, isSo, isNot in hint.map { $0 ? isSo : isNot } }
        }

        init(_ value: JSONValue?) {
            readOnlyHint = value?["readOnlyHint"]?.bool
            destructiveHint = value?["destructiveHint"]?.bool
            idempotentHint = value?["idempotentHint"]?.bool
            openWorldHint = value?["openWorldHint"]?.bool
        }
    }

    /// The checksum of a tool's name, description and schema as the server gives them, whole. A tool whose digest has
    /// changed is another one than was approved.
    public struct Digest: RawRepresentable, Codable, Sendable, Hashable {
        /// SHA-256 in hexadecimal.
        public let rawValue: String

        /// A digest that was told before.
        public init(rawValue: String) { self.rawValue = rawValue }

        init(name: String, description: String, schema: [UInt8]) {
            // With its length before each part, so that nothing can move from one to the next.
            let parts = [Array(name.utf8), Array(description.utf8), schema]
            self.init(rawValue: SHA256.hexadecimal(parts.flatMap { Array("\($0.count):".utf8) + $0 }))
        }
    }
}

/// Why something of a server's is not taken: what a note says of it.
struct MCPProblem: Error, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A tool before it has its name of the menu.
struct ListedTool: Hashable {
    var name: String
    var title: String?
    var description: String
    var schema: JSONValue
    var annotations: MCPTool.Annotations
    var digest: MCPTool.Digest
    /// How much it adds to a menu.
    var bytes: Int

    /// Reads an item of `tools/list`.
    ///
    /// See: MCP 2026-07-28, Tools, Data Types
    init(_ value: JSONValue) throws(MCPProblem) {
        guard case .string(let name)? = value["name"], !name.isEmpty else { throw .init("it has no name") }
        guard name.utf8.count <= MCPLimits.toolNameBytesMax else { throw .init("its name is too long") }
        guard !name.hasHidden else { throw .init("its name has characters that are not seen") }
        guard let schema = value["inputSchema"], schema["type"]?.string == "object" else {
            throw .init("its `inputSchema` is no schema of type `object`")
        }
        try Self.check(schema, depth: 0)
        let schemaBytes = JSON.encode(schema)
        guard schemaBytes.count <= MCPLimits.schemaBytesMax else { throw .init("its `inputSchema` is too long") }
        let annotated = value["annotations"]?["title"]?.string
        let title = value["title"]?.string ?? annotated, description = value["description"]?.string ?? ""
        self.name = name
        self.title = title?.outsideLine(bytesMax: MCPLimits.noteBytesMax)
        self.description = (description.isEmpty ? title ?? name : description)
            .outsideText(bytesMax: MCPLimits.descriptionBytesMax)
        self.schema = schema
        annotations = MCPTool.Annotations(value["annotations"])
        let told = description.isEmpty ? title ?? name : description
        digest = MCPTool.Digest(name: name, description: told, schema: schemaBytes)
        // As it travels: with its names, its title and its checksum.
        bytes =
            JSON.encode(self.description).count + JSON.encode(name).count + JSON.encode(self.title ?? "").count
            + schemaBytes.count + 512
    }

    /// Nothing is ever fetched for a schema, and no vendor is given one that would have it fetched.
    private static func check(_ schema: JSONValue, depth: Int) throws(MCPProblem) {
        guard depth < MCPLimits.schemaDepthMax else { throw .init("its `inputSchema` nests too deep") }
        switch schema {
        case .object(let members):
            if let reference = members["$ref"]?.string, !reference.hasPrefix("#") {
                throw .init("its `inputSchema` refers to another document")
            }
            if members.keys.contains(where: \.hasHidden) {
                throw .init("its `inputSchema` has characters that are not seen")
            }
            for member in members.values { try check(member, depth: depth + 1) }
        case .array(let items):
            for item in items { try check(item, depth: depth + 1) }
        case .string(let text):
            if text.hasHiddenWords { throw .init("its `inputSchema` has characters that are not seen") }
        case .null, .bool, .integer, .number: break
        }
    }
}
