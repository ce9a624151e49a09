import Services

/// A message of a server.
///
/// See: JSON-RPC 2.0; MCP 2026-07-28, Overview, Messages
enum MCPMessage: Hashable {
    /// The answer to a request of ours; the id is nil when it is none that we give, or null.
    case response(id: Int?, MCPResponse)
    /// A request of the server's, whose id goes back as it came.
    case request(id: JSONValue, method: String, params: JSONValue)
    /// News.
    case notification(method: String, params: JSONValue)

    /// The messages of a line: one, or those of a batch, as revision 2025-03-26 has them. What is none is nil.
    static func all(in value: JSONValue) -> [MCPMessage?] {
        guard case .array(let items) = value else { return [MCPMessage(value)] }
        return items.prefix(MCPLimits.batchMax).map(MCPMessage.init) + (items.count > MCPLimits.batchMax ? [nil] : [])
    }

    init?(_ value: JSONValue) {
        guard case .object(let members) = value, members["jsonrpc"]?.string == "2.0" else { return nil }
        if case .string(let method)? = members["method"] {
            let params = members["params"] ?? .object([:])
            guard let id = members["id"] else {
                self = .notification(method: method, params: params)
                return
            }
            guard Self.isID(id) else { return nil }
            self = .request(id: id, method: method, params: params)
        } else if members["result"] != nil || members["error"] != nil {
            self = .response(id: members["id"]?.whole, MCPResponse(members))
        } else {
            return nil
        }
    }

    private static func isID(_ id: JSONValue) -> Bool {
        switch id {
        case .integer: true
        case .string(let text): text.utf8.count <= MCPLimits.idBytesMax
        case .null, .bool, .number, .array, .object: false
        }
    }
}

/// What a server answers.
enum MCPResponse: Hashable {
    case result(JSONValue)
    case error(MCPError)

    init(_ members: [String: JSONValue]) {
        // Some servers write the member that is not there as null.
        switch (members["error"] ?? .null, members["result"]) {
        case (.null, let result?): self = .result(result)
        case (let error, _): self = .error(MCPError(error))
        }
    }
}

/// An error that a server answers with.
struct MCPError: Hashable {
    /// Nil when there is none, or one that no server may give.
    var code: Int?
    /// On one line; never empty.
    var message: String
    var data: JSONValue

    init(_ value: JSONValue) {
        code = value["code"]?.whole
        let words = (value["message"]?.string ?? value.string ?? "").outsideLine(bytesMax: MCPLimits.noteBytesMax)
        message = words.isEmpty ? "an error without a message" : words
        data = value["data"] ?? .null
    }

    /// For example `Unknown tool: x (-32602)`.
    var text: String { code.map { "\(message) (\($0))" } ?? message }
}

extension JSONValue {
    /// A whole number, also one that is written as a text or with a fraction of zero, as some servers write ids.
    var whole: Int? {
        switch self {
        case .integer(let integer): integer
        case .number(let number): Int(exactly: number)
        case .string(let text): text.utf8.count <= 20 ? Int(text) : nil
        case .null, .bool, .array, .object: nil
        }
    }

    /// A number.
    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// A truth value.
    var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The items, when it is a list.
    var items: [JSONValue]? {
        if case .array(let items) = self { return items }
        return nil
    }

    /// The members, when it is an object.
    var members: [String: JSONValue]? {
        if case .object(let members) = self { return members }
        return nil
    }
}
