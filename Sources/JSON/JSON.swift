import FoundationEssentials
import Services

/// JSON for payloads: UTF-8, keys in a fixed order so that equal values have equal bytes, slashes as they are.
public enum JSON {
    /// The JSON text of a value. A number that JSON does not have is written as a text, which its reader refuses.
    public static func encode(_ value: some Encodable) -> [UInt8] {
        if let bytes = (value as? any DirectJSON)?.directJSON { return bytes }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        do {
            return Array(try encoder.encode(value))
        } catch {
            // Our own types hold nothing else that JSON cannot say; `JSONValue` bounds how deep it nests.
            preconditionFailure("a payload that JSON cannot express: \(error)")
        }
    }

    /// The value of a JSON text that was written by hand; nil for every other, which may hold a value all the same.
    public static func decodeDirectly<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) -> Value? {
        (type as? any DirectJSON.Type)?.init(directJSON: bytes) as? Value
    }

    /// The value of a JSON text.
    ///
    /// - Throws: `JSONProblem`, whose text says where the two differ.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(JSONProblem) -> Value {
        if let value = decodeDirectly(type, from: bytes) { return value }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw JSONProblem(error)
        } catch {
            throw JSONProblem(text: "not JSON")
        }
    }
}

/// Why a JSON text is not the value that was wanted.
public struct JSONProblem: Error, Hashable, CustomStringConvertible {
    /// For example `turn.attempt: a number is wanted`.
    public let description: String

    init(text: String) { description = text }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context): description = Self.path(context, key) + ": missing"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            description = Self.path(context) + ": \(type) is wanted"
        case .dataCorrupted(let context):
            let path = Self.path(context)
            if let problem = context.underlyingError as? IdentifierProblem {
                description = "\(path): \(problem)"
                return
            }
            description = path.isEmpty ? "not JSON" : path + ": not a value that is known"
        @unknown default: description = "not the JSON that is wanted"
        }
    }

    private static func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + (last.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }
            .joined(separator: ".")
    }
}
