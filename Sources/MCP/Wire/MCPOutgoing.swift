import JSON
import Services

/// A message of ours, ready to be sent.
public struct MCPOutgoing: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// A request, with its id and, for `tools/call`, the name of the tool.
        case request(id: Int, method: String, name: String?)
        /// A notification.
        case notification(method: String)
        /// An answer to a request of the server's.
        case response
    }

    /// What it is, which Streamable HTTP says in headers too: `Mcp-Method`, `Mcp-Name`.
    public var kind: Kind
    /// The revision that Streamable HTTP names in `MCP-Protocol-Version`; nil before one is agreed upon.
    public var protocolVersion: String?
    /// The values of a call that Streamable HTTP says in headers, by the header's name.
    public var parameters: [String: String] = [:]
    /// The JSON text without a line end. No line end is in it.
    public var json: [UInt8]

    /// The message as the stdio transport has it, one on a line.
    public var line: [UInt8] { json + [UInt8(ascii: "\n")] }

    /// The header fields with which Streamable HTTP sends it, beside those of every request.
    ///
    /// See: MCP 2026-07-28, Streamable HTTP, Request Metadata
    public var headers: [(name: String, value: String)] {
        guard let protocolVersion else { return [] }
        let version = ("MCP-Protocol-Version", protocolVersion)
        guard protocolVersion == MCPVersion.modern, case .request(_, let method, let name) = kind else {
            return [version]
        }
        return [version, ("Mcp-Method", method)] + (name.map { [("Mcp-Name", HeaderText.encode($0))] } ?? [])
            + parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static func request(
        _ id: Int, _ method: String, _ params: [String: JSONValue], name: String? = nil
    ) -> MCPOutgoing {
        MCPOutgoing(
            kind: .request(id: id, method: method, name: name),
            ["id": .integer(id), "method": .string(method), "params": .object(params)])
    }

    static func notification(_ method: String, _ params: [String: JSONValue] = [:]) -> MCPOutgoing {
        var members: [String: JSONValue] = ["method": .string(method)]
        if !params.isEmpty { members["params"] = .object(params) }
        return MCPOutgoing(kind: .notification(method: method), members)
    }

    static func result(_ id: JSONValue, _ result: [String: JSONValue]) -> MCPOutgoing {
        MCPOutgoing(kind: .response, ["id": id, "result": .object(result)])
    }

    static func error(_ id: JSONValue, code: Int, _ message: String, data: JSONValue? = nil) -> MCPOutgoing {
        var error: [String: JSONValue] = ["code": .integer(code), "message": .string(message)]
        error["data"] = data
        return MCPOutgoing(kind: .response, ["id": id, "error": .object(error)])
    }

    static func answer(to id: JSONValue, error: JSONValue) -> MCPOutgoing {
        MCPOutgoing(kind: .response, ["id": id, "error": error])
    }

    private init(kind: Kind, _ members: [String: JSONValue]) {
        self.kind = kind
        json = JSON.encode(JSONValue.object(members.merging(["jsonrpc": .string("2.0")]) { member, _ in member }))
    }
}
