/// A JSON value whose shape is somebody else's business: a record's unknown keys, a tool's arguments, a child's
/// settings.
///
/// Object keys keep no order, as in JSON itself.
///
/// See: RFC 8259
public enum JSONValue: Codable, Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The deepest that one may nest, the message round it included. Foundation reads 512 levels and cannot write as
    /// many again, and takes a second for them.
    public static let nestingMax = 128

    /// Decodes whatever comes.
    ///
    /// - Throws: `DecodingError` when it nests deeper than `nestingMax`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if decoder.codingPath.count > Self.nestingMax {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a value nests deeper than \(Self.nestingMax)")
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Encodes the value as itself.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The text of a scalar, as a person would write it; nil for null, lists and objects.
    public var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer(let integer): String(integer)
        case .number(let number): "\(number)"
        case .bool(let bool): bool ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The text, when it is one.
    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// The members, when it is an object.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { return members[key] }
        return nil
    }
}
