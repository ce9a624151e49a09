import Services

/// What a server says about itself. For display only.
public struct MCPServer: Codable, Sendable, Hashable {
    /// Its own name; not the one of the configuration.
    public var name: String?
    /// Its version.
    public var version: String?
    /// The revision of the protocol that is spoken.
    public var protocolVersion = ""
    /// What it says about its use, for a model. The server's word.
    public var instructions: String?
    /// Whether it tells when its list of tools changes.
    var tellsOfChanges = false

    init() {}

    /// Reads an `InitializeResult` or a `DiscoverResult`.
    init(_ result: JSONValue, protocolVersion: String) {
        // The modern generation has it among what is said about the message.
        let info = result["serverInfo"] ?? result["_meta"]?["io.modelcontextprotocol/serverInfo"]
        name = info?["name"]?.string?.outsideLine(bytesMax: MCPLimits.noteBytesMax)
        version = info?["version"]?.string?.outsideLine(bytesMax: MCPLimits.noteBytesMax)
        instructions = result["instructions"]?.string?.outsideText(bytesMax: MCPLimits.instructionsBytesMax)
        tellsOfChanges = result["capabilities"]?["tools"]?["listChanged"]?.bool ?? false
        self.protocolVersion = protocolVersion
    }
}
