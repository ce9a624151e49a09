import EventStream
import FoundationEssentials
import Services

/// What an event of a stream holds, in every dialect.
enum EventText {
    /// Nothing: some servers send it, a word or `null` to keep a connection open.
    case nothing
    /// `[DONE]`, the mark of the end, also sent by servers whose other API has none.
    case done
    /// A text that is to be JSON.
    case json(Data)
}

extension SplitCharacters {
    /// The text of an event, with placeholders for halves of characters.
    mutating func text(of event: ServerSentEvent) -> EventText {
        let data = event.data.blankTrimmed
        if data.isEmpty { return .nothing }
        if data.elementsEqual("[DONE]".utf8) || data.elementsEqual("[done]".utf8) { return .done }
        guard Self.isObject(data) else { return .nothing }
        let text = JSONText.repaired(data).map { $0[...] } ?? data
        return .json(repaired(text).map { Data($0) } ?? Data(text))
    }

    /// Whether an event can be part of an answer, an object or a list of them, and no sign of life such as `ping`.
    private static func isObject(_ data: ArraySlice<UInt8>) -> Bool {
        let inner = data.first == UInt8(ascii: "[") ? data.dropFirst().blankTrimmed : data
        return inner.first == UInt8(ascii: "{")
    }

    /// The words that an event brings; nothing while they are the first half of a character.
    mutating func said(_ text: String?) -> [AnswerEvent] {
        let words = joined(text ?? "")
        return words.isEmpty ? [] : [.text(words)]
    }
}
