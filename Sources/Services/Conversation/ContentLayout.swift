/// The order of a message's parts where its words travel as one text and its calls as one list: on the bus, and while
/// an answer is streamed.
public struct ContentLayout: Sendable, Hashable {
    /// What comes next.
    public enum Item: Sendable, Hashable {
        /// A text part: so many bytes of the words, in UTF-8.
        case text(bytes: Int)
        /// So many calls of the list.
        case calls(Int)
        /// An outcome, here in whole.
        case outcome(of: String, text: String)
        /// An opaque part, here in whole.
        case opaque(OpaquePart)
    }

    /// The order.
    public private(set) var items: [Item] = []

    /// The layout of a message without parts.
    public init() {}

    /// The layout of a list of parts.
    public init(of content: [ContentPart]) {
        for part in content {
            switch part {
            case .text(let text): items.append(.text(bytes: text.utf8.count))
            case .call: addCall()
            case .outcome(of: let id, text: let text): items.append(.outcome(of: id, text: text))
            case .opaque(let part): add(part)
            }
        }
    }

    /// Whether there are opaque parts.
    public var hasOpaqueParts: Bool {
        items.contains { if case .opaque = $0 { true } else { false } }
    }

    /// Adds words to the text part at the end, or begins one.
    ///
    /// - Parameter bytes: How many, in UTF-8.
    public mutating func addWords(bytes: Int) {
        if case .text(let before)? = items.last {
            items[items.count - 1] = .text(bytes: before + bytes)
        } else {
            items.append(.text(bytes: bytes))
        }
    }

    /// Adds the next call.
    public mutating func addCall() {
        if case .calls(let before)? = items.last {
            items[items.count - 1] = .calls(before + 1)
        } else {
            items.append(.calls(1))
        }
    }

    /// Leaves calls out.
    ///
    /// - Parameter isLeftOut: Whether a call is, by its number in the layout, from 0.
    public mutating func removeCalls(where isLeftOut: (Int) -> Bool) {
        var number = 0
        items = items.compactMap { item in
            guard case .calls(let count) = item else { return item }
            defer { number += count }
            let kept = (number..<number + count).count { !isLeftOut($0) }
            return kept == 0 ? nil : .calls(kept)
        }
    }

    /// Adds an opaque part.
    public mutating func add(_ part: OpaquePart) { items.append(.opaque(part)) }

    /// The parts in their order.
    ///
    /// - Parameters:
    ///   - words: The words of all text parts, one after the other.
    ///   - calls: All calls.
    /// - Returns: The parts; nil if these are more or fewer words or calls than the layout has, or if a text part would
    ///   end within a character's bytes.
    public func content(words: String, calls: [ToolCall]) -> [ContentPart]? {
        var bytes = Array(words.utf8)[...], calls = calls[...], content: [ContentPart] = []
        for item in items {
            switch item {
            case .text(let count):
                guard (0...bytes.count).contains(count),
                    let text = String(validating: bytes.prefix(count), as: UTF8.self)
                else { return nil }
                content.append(.text(text))
                bytes = bytes.dropFirst(count)
            case .calls(let count):
                guard (0...calls.count).contains(count) else { return nil }
                content += calls.prefix(count).map(ContentPart.call)
                calls = calls.dropFirst(count)
            case .outcome(of: let id, text: let text): content.append(.outcome(of: id, text: text))
            case .opaque(let part): content.append(.opaque(part))
            }
        }
        return bytes.isEmpty && calls.isEmpty ? content : nil
    }
}

/// A list of items, each an object with one key: `{"text":5}`, `{"calls":1}`, `{"outcome":{"id":"…","text":"…"}}`,
/// `{"opaque":{"family":"…","value":…}}`.
extension ContentLayout: Codable {
    /// Reads the list.
    public init(from decoder: any Decoder) throws { items = try decoder.singleValueContainer().decode([Item].self) }

    /// Writes the list.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(items)
    }
}

extension ContentLayout.Item: Codable {
    private enum CodingKeys: String, CodingKey { case text, calls, outcome, opaque }

    private struct Outcome: Codable { var id: String, text: String }

    /// Reads an item.
    ///
    /// - Throws: `DecodingError` also if it is of a kind that this build does not know.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let bytes = try fields.decodeIfPresent(Int.self, forKey: .text) {
            self = .text(bytes: bytes)
        } else if let count = try fields.decodeIfPresent(Int.self, forKey: .calls) {
            self = .calls(count)
        } else if let outcome = try fields.decodeIfPresent(Outcome.self, forKey: .outcome) {
            self = .outcome(of: outcome.id, text: outcome.text)
        } else {
            self = .opaque(try fields.decode(OpaquePart.self, forKey: .opaque))
        }
    }

    /// Writes the item.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .text(let bytes): try fields.encode(bytes, forKey: .text)
        case .calls(let count): try fields.encode(count, forKey: .calls)
        case .outcome(of: let id, text: let text): try fields.encode(Outcome(id: id, text: text), forKey: .outcome)
        case .opaque(let part): try fields.encode(part, forKey: .opaque)
        }
    }
}
