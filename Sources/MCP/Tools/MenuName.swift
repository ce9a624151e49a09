import Services

/// The names of a server's tools on the menu: `mcp__server__tool`.
///
/// Vendors take `[a-zA-Z0-9_-]{1,64}`. A name that fits is taken as it is. Every other one has a part of its checksum
/// at its end, so that no tool's name depends on which others there are, and none is ever equal to another server's.
enum MenuName {
    private static let digestDigits = 8

    /// The name of a tool as it is; nil when that is none that every vendor takes, or could be another server's.
    static func plain(server: String, tool: String) -> String? {
        let name = "mcp__\(server)__\(tool)"
        let isClear = isWord(server) && isWord(tool) && !server.contains("__") && !server.hasSuffix("_")
        return isClear && name.utf8.count <= MCPLimits.menuNameBytesMax ? name : nil
    }

    /// The name of a tool with a part of its checksum.
    ///
    /// - Parameter attempt: From 0; the next one when a server has given another tool just this name.
    static func marked(server: String, tool: String, attempt: Int) -> String {
        let digest = SHA256.hexadecimal(Array("\(attempt):\(server.utf8.count):\(server)\(tool)".utf8))
        let beginning = "mcp__\(word(server).prefix(24))__\(word(tool))"
        let room = MCPLimits.menuNameBytesMax - digestDigits - 1
        return "\(beginning.prefix(room))_\(digest.prefix(digestDigits))"
    }

    private static func word(_ text: String) -> String {
        String(text.unicodeScalars.map { isWordScalar($0) ? Character($0) : "_" })
    }

    private static func isWord(_ text: String) -> Bool { !text.isEmpty && text.unicodeScalars.allSatisfy(isWordScalar) }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}
