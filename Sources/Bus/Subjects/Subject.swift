import Services

/// The literal subject of a message, such as `room.lobby.event`. Only a `SubjectPattern` may contain wildcards, so the
/// compiler refuses to publish to one.
public struct Subject: Hashable, Sendable, CustomStringConvertible {
    /// The subject in the form of the protocol.
    public let description: String

    /// A subject in its written form; nil if it has an empty token, a blank or a wildcard.
    public init?(_ text: String) {
        guard SubjectSyntax.isLiteral(text.utf8) else { return nil }
        description = text
    }

    /// A subject of tokens that are already well formed.
    private init(tokens: String...) { description = tokens.joined(separator: ".") }

    /// A subject from the broker, which has checked it.
    package init(received bytes: Bytes) { description = String(decoding: bytes, as: UTF8.self) }
}

extension Subject {
    /// `svc.<service>.<operation>.<caller>`: a request of one name to one operation.
    public static func service(_ service: ServiceName, _ operation: String, caller: Principal) -> Subject {
        Subject(tokens: "svc", service.rawValue, encode(operation), caller.token)
    }

    /// `room.<room>.event`: a room's numbered events.
    public static func roomEvent(_ room: RoomName) -> Subject { Subject(tokens: "room", room.rawValue, "event") }

    /// `room.<room>.head`: the number of a room's newest event.
    public static func roomHead(_ room: RoomName) -> Subject { Subject(tokens: "room", room.rawValue, "head") }

    /// `room.<room>.delta.<name>`: words of an answer that an agent is writing.
    public static func roomDelta(_ room: RoomName, _ name: Principal) -> Subject {
        Subject(tokens: "room", room.rawValue, "delta", name.token)
    }

    /// `agent.<id>.<what>`: messages for one agent, such as its turns.
    public static func agent(_ id: AgentID, _ what: String) -> Subject {
        Subject(tokens: "agent", encode(id.rawValue), encode(what))
    }

    /// `mcp.<name>.<what>`: messages for the process that speaks with one MCP server.
    public static func server(_ name: String, _ what: String) -> Subject {
        Subject(tokens: "mcp", encode(name), encode(what))
    }

    /// `sys.child.<name>`: the lifecycle events of a child of eggheadd.
    public static func child(_ name: String) -> Subject { Subject(tokens: "sys", "child", Principal.token(of: name)) }

    /// `records.changed`: the changes of records that the store has seen.
    public static let recordsChanged = Subject(tokens: "records", "changed")

    /// `_INBOX.<name>.<life>`: the prefix of the inboxes of one connection.
    ///
    /// - Parameter life: Distinguishes the connections of one name: a child's incarnation, which is the same after the
    ///   broker's restart, or a person's connection in one incarnation of the broker. One token.
    public static func inboxPrefix(_ name: Principal, life: String) -> Subject {
        Subject(tokens: "_INBOX", name.token, life)
    }

    /// The inbox below this prefix for the answer to one request.
    package func inbox(_ number: UInt64) -> Subject { Subject(tokens: description, String(number)) }

    /// The last token.
    package var lastToken: Substring { description.split(separator: ".").last ?? "" }
}

extension Subject {
    /// An id as one token: every byte outside `A-Z a-z 0-9 / _ -` as `%` and two hexadecimal digits.
    /// The empty id becomes a bare `%`, so that the subject around it stays well formed.
    public static func encode(_ id: String) -> String {
        if id.isEmpty { return "%" }
        var token: [UInt8] = []
        for byte in id.utf8 {
            if isPlain(byte) {
                token.append(byte)
            } else {
                token += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: token, as: UTF8.self)
    }

    /// The id in a token; nil if the token is not such an encoding.
    public static func decode(_ token: some StringProtocol) -> String? {
        var bytes: [UInt8] = [], rest = Array(token.utf8)[...]
        while let byte = rest.popFirst() {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                guard byte == UInt8(ascii: "%"), let high = rest.popFirst().flatMap(hexDigits.firstIndex(of:)),
                    let low = rest.popFirst().flatMap(hexDigits.firstIndex(of:))
                else { return nil }
                bytes.append(UInt8(high << 4 | low))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        case _: false
        }
    }
}
