/// The violations that end a connection, in the words that NATS uses after `-ERR`.
public enum ProtocolViolation: String, Error, Sendable {
    case unknownOperation = "Unknown Protocol Operation"
    case payloadTooLong = "Maximum Payload Violation"
    case controlLineTooLong = "maximum control line exceeded"
    case noRespondersWithoutHeaders = "no responders requires headers support"
    case unknownProtocolLevel = "invalid client protocol"
    case headersNotSupported = "message headers not supported"
    case authorization = "Authorization Violation"
    case authorizationTimeout = "Authentication Timeout"
    case staleConnection = "Stale Connection"
    case tooManyConnections = "maximum connections exceeded"
}
