/// The two generations of the protocol.
///
/// See: MCP 2026-07-28, Versioning and Compatibility, Terminology
public enum MCPGeneration: String, Codable, Sendable, Hashable {
    /// Revisions until 2025-11-25: a session begins with the handshake `initialize`.
    case legacy
    /// Revisions from 2026-07-28: every request says what it needs.
    case modern
}

/// The revisions of the protocol that the client speaks.
public enum MCPVersion {
    /// The one of the modern generation.
    public static let modern = "2026-07-28"
    /// Those of the handshake generation, the newest first.
    public static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
}

/// The codes of errors that have a meaning here.
///
/// See: JSON-RPC 2.0 §5.1; MCP 2026-07-28, Overview, Error Codes
enum MCPErrorCode {
    static let parseError = -32_700
    static let invalidRequest = -32_600
    static let methodNotFound = -32_601
    static let invalidParams = -32_602
    static let internalError = -32_603
    static let headerMismatch = -32_020
    static let unsupportedProtocolVersion = -32_022
    /// Those that only a server of the modern generation gives: header mismatch, missing capability, version.
    static let modern = -32_022 ... -32_020
}
