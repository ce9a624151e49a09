import FoundationEssentials
import Services

/// What an event of a stream holds, in every dialect.
enum EventText {
    /// Nothing: some servers send it to keep a connection open.
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
        if data.elementsEqual("[DONE]".utf8) { return .done }
        return .json(Data(repaired(data) ?? Array(data)))
    }

    /// The words that an event brings; nothing while they are the first half of a character.
    mutating func said(_ text: String?) -> [AnswerEvent] {
        let words = joined(text ?? "")
        return words.isEmpty ? [] : [.text(words)]
    }
}
