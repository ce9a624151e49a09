/// Takes the words out of messages as gpt-oss writes them, when its server passes them on as they are:
/// `<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>`. Words are what
/// stands in the channel `final`.
///
/// See: OpenAI harmony response format
struct HarmonyFilter {
    private enum Phase {
        /// What tells of the next message, from its first mark on. Behind a message blanks may come first.
        case heading
        case message(isFinal: Bool)
        /// It is no such message: all of it is words.
        case words
    }

    /// What an answer in this form begins with; some servers keep the first mark to themselves.
    static let begins = ["<|channel|>", "<|start|>", "<|message|>", "analysis<|message|>", "final<|message|>"].map {
        Array($0.utf8)
    }

    private var phase = Phase.heading
    private var held: [UInt8] = []
    private var isFirst = true
    /// What comes between the words of two messages.
    private var gap: [UInt8] = []

    /// Takes the next bytes.
    ///
    /// - Returns: The words in them, with those that were held back.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        held += bytes
        var words: [UInt8] = []
        while let more = step() { words += more }
        return words
    }

    /// The words that are held back when the answer ends.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        switch phase {
        case .heading: return isFirst ? held : []
        case .message(let isFinal): return isFinal && !held.isEmpty ? gap + held : []
        case .words: return held
        }
    }

    /// - Returns: Some words; nil when more has to come first.
    private mutating func step() -> [UInt8]? {
        switch phase {
        case .heading: readHeading()
        case .message(let isFinal): readMessage(isFinal)
        case .words: held.isEmpty ? nil : takeHeld(held.count)
        }
    }

    private mutating func takeHeld(_ count: Int) -> [UInt8] {
        defer { held.removeFirst(count) }
        return Array(held.prefix(count))
    }

    private mutating func readHeading() -> [UInt8]? {
        dropBlanks()
        if let (place, _) = ThoughtMarks.first(of: [Self.message], in: held[...]), place.lowerBound <= Self.headingMax {
            let heading = held[..<place.lowerBound]
            let name = ThoughtMarks.first(of: [Self.channel], in: heading).map { heading[$0.range.upperBound...] }
            // A message that names no channel is one for people, unless its heading is that of thoughts.
            let isFinal =
                name.map { ThoughtMarks.begins($0, with: Self.final) }
                ?? !ThoughtMarks.begins(heading, with: Array("analysis".utf8))
            held.removeFirst(place.upperBound)
            (phase, isFirst) = (.message(isFinal: isFinal), false)
            return []
        }
        let rest = behindEnd
        let isHeading =
            rest.count <= Self.headingMax && !rest.contains(UInt8(ascii: "\n"))
            && (isFirst || rest.isEmpty || rest.starts(with: "<|".utf8) || rest.elementsEqual("<".utf8))
        if isHeading { return nil }
        phase = .words
        return []
    }

    /// Keeps some of the blanks behind a message.
    private mutating func dropBlanks() {
        let end = behindEnd.startIndex, begin = end - held[..<end].reversed().prefix(while: ThoughtMarks.isBlank).count
        if end - begin > Self.blanksMax { held.removeSubrange(begin + Self.blanksMax..<end) }
    }

    /// What is held without the mark that has ended the message before.
    private var behindEnd: ArraySlice<UInt8> {
        let end = Self.ends.first { held.starts(with: $0) && !isFirst }
        return ThoughtMarks.withoutBlanks(held.dropFirst(end?.count ?? 0))
    }

    private mutating func readMessage(_ isFinal: Bool) -> [UInt8]? {
        let end = ThoughtMarks.first(of: Self.ends + Self.begins.prefix(2), in: held[...])
        let count = end?.range.lowerBound ?? held.count - ThoughtMarks.heldLength(held[...], Self.ends)
        if end != nil { phase = .heading } else if count == 0 { return nil }
        var words = takeHeld(count)
        guard isFinal else { return [] }
        if !words.isEmpty { (words, gap) = (gap + words, []) }
        if end != nil { gap = Array("\n\n".utf8) }
        return words
    }

    private static let message = Array("<|message|>".utf8), channel = Array("<|channel|>".utf8)
    private static let final = Array("final".utf8)
    private static let ends = ["<|end|>", "<|return|>", "<|call|>"].map { Array($0.utf8) }
    /// `<|start|>assistant<|channel|>commentary to=functions.search_records <|constrain|>json`, and some more.
    private static let headingMax = 200
    private static let blanksMax = 64
}
