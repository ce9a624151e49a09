import FoundationEssentials
import Services

/// JSON as requests and answers have it: UTF-8, keys in a fixed order, slashes as they are.
enum RequestJSON {
    /// The JSON text of a request's body.
    ///
    /// - Parameter id: The call, for the message.
    /// - Throws: `ServiceFailure` `internalError` if a schema holds a number that JSON does not have.
    static func bytes(_ body: some Encodable, of id: String) throws(ServiceFailure) -> [UInt8] {
        guard let data = try? encoder.encode(body) else {
            throw ServiceFailure(.internalError, "chat \(id): the request cannot be written as JSON")
        }
        return Array(data)
    }

    fileprivate static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension JSONValue {
    /// The JSON text of an object or a list; nil for every other value.
    var jsonText: String? {
        switch self {
        case .object, .array: (try? RequestJSON.encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
        case .null, .bool, .integer, .number, .string: nil
        }
    }

    /// The text of a call's arguments: servers send it as it is, or as the object itself.
    var argumentsText: String? { string ?? jsonText }

    /// The items of a list; none for every other value.
    var elements: [JSONValue] {
        if case .array(let items) = self { return items }
        return []
    }
}

extension ToolCall {
    /// The arguments for vendors that want the object itself. A text that is none is passed on under a key, so that the
    /// model sees what it wrote.
    var argumentsObject: JSONValue {
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(arguments.utf8))
        if case .object? = value { return value ?? .object([:]) }
        return arguments.isBlank ? .object([:]) : .object(["arguments": .string(arguments)])
    }
}

extension ProviderProfile {
    /// The head of a request, with the key.
    ///
    /// - Parameter header: The dialect's field for the key.
    func headers(keyIn header: String) -> [ProviderRequest.Header] {
        let fields: [ProviderRequest.Header] = [
            .init("Content-Type", "application/json"), .init("Accept", "text/event-stream"),
        ]
        guard let key else { return fields }
        let field = keyHeader ?? header
        return fields + [.init(field, field == "Authorization" ? "Bearer \(key)" : key)]
    }
}

extension BidirectionalCollection<UInt8> where SubSequence: BidirectionalCollection<UInt8> {
    /// Without blanks and line ends at both ends.
    var blankTrimmed: SubSequence {
        func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }
        let end = lastIndex { !isBlank($0) }.map(index(after:)) ?? startIndex
        return self[(firstIndex { !isBlank($0) } ?? end)..<end]
    }
}

extension StringProtocol {
    /// Whether there is nothing but blanks.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
