import JSON
import Services

/// The server's side of a connection to one client: the part that decides.
///
/// Both generations are spoken on one connection: a request that names a revision in its `_meta` is one of the modern
/// generation, whatever came before it; others want a handshake first.
///
/// See: MCP 2026-07-28, Overview, Versioning and Compatibility; MCP 2025-11-25, Lifecycle
public struct MCPHost: Sendable {
    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Send a message: JSON without a line end.
        case send([UInt8])
        /// Call a tool.
        case call(RequestKey, tool: String, arguments: [String: JSONValue])
        /// Name the resources that come behind a cursor of ours; the first ones when nil.
        case listResources(RequestKey, cursor: String?)
        /// Read a resource.
        case readResource(RequestKey, address: String)
        /// Name the prompts.
        case listPrompts(RequestKey)
        /// Give a prompt.
        case givePrompt(RequestKey, name: String)
        /// Nobody waits for the answer to a request any more.
        case cancel(RequestKey)
    }

    /// A request that is to be answered.
    public struct RequestKey: Hashable, Sendable {
        let number: Int
    }

    /// What this server is.
    public struct Settings: Sendable {
        /// Its tools, in a fixed order.
        public var tools: [ServedTool]
        /// How it is to be used, for a model.
        public var instructions: String

        /// A server.
        public init(tools: [ServedTool], instructions: String) {
            self.tools = tools
            self.instructions = instructions
        }
    }

    private struct Open: Sendable {
        let id: JSONValue
        let isModern: Bool
        let progressToken: JSONValue?
        let hasCache: Bool
    }

    private let settings: Settings
    private var open: [Int: Open] = [:]
    private var lastKey = 0
    private var isInitialized = false

    /// How many requests of a client may be open at once.
    private static let openMax = 256

    /// A connection on which nothing was said.
    public init(_ settings: Settings) { self.settings = settings }

    /// Whether no request is open.
    public var isIdle: Bool { open.isEmpty }

    /// Takes a message of the client's.
    public mutating func receive(_ bytes: [UInt8]) -> [Action] {
        guard bytes.count <= MCPLimits.messageBytesMax, let value = try? JSONTextReader.value(of: bytes) else {
            return [Self.error(.null, MCPErrorCode.parseError, "this is no JSON text of at most 8 MiB")]
        }
        return MCPMessage.all(in: value).flatMap { message -> [Action] in
            switch message {
            case .request(let id, let method, let params): serve(id, method, params)
            case .notification(let method, let params): hear(method, params)
            case .response: []  // nothing is asked of clients
            case nil: [Self.error(.null, MCPErrorCode.invalidRequest, "this is no message of JSON-RPC 2.0")]
            }
        }
    }

    private mutating func hear(_ method: String, _ params: JSONValue) -> [Action] {
        guard method == "notifications/cancelled", let id = params["requestId"],
            let number = open.first(where: { $0.value.id == id })?.key
        else { return [] }
        open[number] = nil
        return [.cancel(RequestKey(number: number))]
    }

    private mutating func serve(_ id: JSONValue, _ method: String, _ params: JSONValue) -> [Action] {
        let meta = params["_meta"]
        let revision = meta?["io.modelcontextprotocol/protocolVersion"]
        if let revision {
            guard revision.string == MCPVersion.modern else {
                return [
                    Self.error(
                        id, MCPErrorCode.unsupportedProtocolVersion, "this revision is not spoken",
                        data: .object([
                            "supported": .array([.string(MCPVersion.modern)]),
                            "requested": .string(revision.string ?? ""),
                        ]))
                ]
            }
            guard meta?["io.modelcontextprotocol/clientCapabilities"]?.members != nil else {
                return [
                    Self.error(
                        id, MCPErrorCode.invalidParams, "_meta lacks io.modelcontextprotocol/clientCapabilities")
                ]
            }
        } else if !isInitialized, !["initialize", "ping"].contains(method) {
            return [
                Self.error(
                    id, MCPErrorCode.invalidParams,
                    "_meta lacks io.modelcontextprotocol/protocolVersion, and there was no initialize")
            ]
        }
        guard open.count < Self.openMax else {
            return [Self.error(id, MCPErrorCode.internalError, "\(open.count) requests are open already")]
        }
        guard !open.values.contains(where: { $0.id == id }) else {
            return [Self.error(id, MCPErrorCode.invalidRequest, "a request of this id is open")]
        }
        lastKey += 1
        let request = Open(
            id: id, isModern: revision != nil, progressToken: meta?["progressToken"],
            hasCache: [
                "tools/list", "resources/list", "resources/read", "resources/templates/list", "prompts/list",
                "server/discover",
            ].contains(method))
        open[lastKey] = request
        return perform(RequestKey(number: lastKey), request, method, params)
    }

    private mutating func perform(
        _ key: RequestKey, _ request: Open, _ method: String, _ params: JSONValue
    ) -> [Action] {
        switch method {
        case "initialize" where !request.isModern:
            isInitialized = true
            let wanted = params["protocolVersion"]?.string ?? ""
            let version = MCPVersion.legacy.contains(wanted) ? wanted : MCPVersion.legacy[0]
            return finish(
                key,
                [
                    "protocolVersion": .string(version), "capabilities": Self.capabilities,
                    "serverInfo": Self.information, "instructions": .string(settings.instructions),
                ])
        case "ping" where !request.isModern: return finish(key, [:])
        case "server/discover" where request.isModern:
            let versions = [MCPVersion.modern] + MCPVersion.legacy
            return finish(
                key,
                [
                    "supportedVersions": .array(versions.map(JSONValue.string)), "capabilities": Self.capabilities,
                    "instructions": .string(settings.instructions),
                    "_meta": .object(["io.modelcontextprotocol/serverInfo": Self.information]),
                ])
        case "tools/list": return finish(key, ["tools": .array(settings.tools.map(\.json))])
        case "tools/call":
            guard let name = params["name"]?.string, settings.tools.contains(where: { $0.definition.name == name })
            else { return refuse(key, MCPErrorCode.invalidParams, "there is no such tool") }
            let arguments = params["arguments"] ?? .object([:])
            guard let members = arguments.members else {
                return refuse(key, MCPErrorCode.invalidParams, "arguments is no object")
            }
            return [.call(key, tool: name, arguments: members)]
        case "resources/list": return [.listResources(key, cursor: params["cursor"]?.string)]
        case "resources/templates/list": return finish(key, ["resourceTemplates": .array([])])
        case "resources/read":
            guard let address = params["uri"]?.string else {
                return refuse(key, MCPErrorCode.invalidParams, "uri is missing")
            }
            return [.readResource(key, address: address)]
        case "prompts/list": return [.listPrompts(key)]
        case "prompts/get":
            guard let name = params["name"]?.string else {
                return refuse(key, MCPErrorCode.invalidParams, "name is missing")
            }
            return [.givePrompt(key, name: name)]
        case _: return refuse(key, MCPErrorCode.methodNotFound, "there is no such method")
        }
    }

    // MARK: Answers

    /// A call has ended.
    public mutating func finish(_ key: RequestKey, _ outcome: ServedOutcome) -> [Action] {
        var result: [String: JSONValue] = [
            "content": .array([.object(["type": .string("text"), "text": .string(outcome.text)])])
        ]
        if outcome.isError { result["isError"] = .bool(true) }
        if let structured = outcome.structured { result["structuredContent"] = structured }
        return finish(key, result)
    }

    /// The resources were named.
    public mutating func finish(_ key: RequestKey, resources: [ServedResource], next: String?) -> [Action] {
        var result: [String: JSONValue] = ["resources": .array(resources.map(\.json))]
        result["nextCursor"] = next.map(JSONValue.string)
        return finish(key, result)
    }

    /// A resource was read.
    public mutating func finish(_ key: RequestKey, text: String, of resource: ServedResource) -> [Action] {
        let content: [String: JSONValue] = [
            "uri": .string(resource.address), "mimeType": .string(resource.type), "text": .string(text),
        ]
        return finish(key, ["contents": .array([.object(content)])])
    }

    /// The prompts were named.
    public mutating func finish(_ key: RequestKey, prompts: [ServedPrompt]) -> [Action] {
        finish(key, ["prompts": .array(prompts.map(\.json))])
    }

    /// A prompt was given.
    public mutating func finish(_ key: RequestKey, text: String, of prompt: ServedPrompt) -> [Action] {
        let content: JSONValue = .object(["type": .string("text"), "text": .string(text)])
        let message: JSONValue = .object(["role": .string("user"), "content": content])
        return finish(
            key, ["description": .string(prompt.description), "messages": .array([message])])
    }

    /// A resource or a prompt could not be named or read.
    public mutating func refuse(_ key: RequestKey, _ reason: String) -> [Action] {
        refuse(key, MCPErrorCode.invalidParams, reason)
    }

    /// How far a request is; nothing is sent to a client that has not asked for it.
    public func progress(_ key: RequestKey, _ progress: Int, _ words: String) -> [Action] {
        guard let token = open[key.number]?.progressToken, token != .null else { return [] }
        let params: [String: JSONValue] = [
            "progressToken": token, "progress": .integer(progress), "message": .string(words),
        ]
        return [.send(MCPOutgoing.notification("notifications/progress", params).json)]
    }

    private mutating func finish(_ key: RequestKey, _ result: [String: JSONValue]) -> [Action] {
        guard let request = open.removeValue(forKey: key.number) else { return [] }
        var result = result
        if request.isModern {
            result["resultType"] = .string("complete")
            if request.hasCache { (result["ttlMs"], result["cacheScope"]) = (.integer(0), .string("private")) }
        }
        return [.send(MCPOutgoing.result(request.id, result).json)]
    }

    private mutating func refuse(_ key: RequestKey, _ code: Int, _ reason: String) -> [Action] {
        guard let request = open.removeValue(forKey: key.number) else { return [] }
        return [Self.error(request.id, code, reason)]
    }

    private static func error(_ id: JSONValue, _ code: Int, _ reason: String, data: JSONValue? = nil) -> Action {
        .send(MCPOutgoing.error(id, code: code, reason, data: data).json)
    }

    private static let capabilities: JSONValue = .object([
        "tools": .object([:]), "resources": .object([:]), "prompts": .object([:]),
    ])

    private static let information: JSONValue = .object([
        "name": .string("egghead"), "version": .string(Release.version),
    ])
}
