/// Takes the thinking out of an answer whose server sends it among the words: `<think>…</think>` at the head, also
/// several times, and a `</think>` there whose beginning the server has kept to itself. The same marks further on are
/// words. Some models have marks of other names; see `ThoughtMarks`, and `HarmonyFilter` for those of gpt-oss.
///
/// A model that is known to begin within thoughts is heard when they end, or when its answer does; see
/// `UnopenedThoughts` for the first such answers.
struct ThinkingFilter {
    private enum Phase {
        /// What has come may still begin a mark. Behind another mark the blanks before the answer are dropped.
        case head([UInt8], isBehindMark: Bool)
        /// Within thinking; the end of what has come may begin the mark of its end.
        case thinking([UInt8], end: [UInt8])
        /// Within what is thinking if a mark of its end comes, and the answer if none does.
        case unopened([UInt8])
        /// Within words that a mark ends; the end of what has come may begin it.
        case response([UInt8])
        case harmony(HarmonyFilter)
        case words
    }

    private var phase: Phase

    /// Whether the answer has begun within thoughts, and they have ended.
    private(set) var hasEndedUnopened = false

    /// How many thoughts have ended.
    private var markCount = 0
    /// How many are taken out of one answer; what comes behind them is words. Each is read within the one before.
    private static let marksMax = 64

    /// At the head of an answer.
    ///
    /// - Parameter isWithin: Whether the model is known to begin within thoughts.
    init(isWithin: Bool = false) {
        phase = isWithin ? .unopened([]) : .head([], isBehindMark: false)
    }

    /// Takes the next piece.
    ///
    /// - Returns: The words in it, with those that were held back.
    mutating func take(_ piece: String) -> String {
        if case .words = phase { return piece }
        return String(decoding: take(Array(piece.utf8)), as: UTF8.self)
    }

    private mutating func take(_ piece: [UInt8]) -> [UInt8] {
        switch phase {
        case .words: return piece
        case .head(let held, let isBehindMark): return takeHead(held + piece, isBehindMark)
        case .unopened(let held): return takeUnopened(held, piece)
        case .thinking(let held, let end):
            let thoughts = held + piece
            guard let (place, _) = ThoughtMarks.first(of: [end], in: thoughts[...]) else {
                phase = .thinking(Array(thoughts.suffix(end.count - 1)), end: end)
                return []
            }
            return takeBehindMark(thoughts[place.upperBound...])
        case .response(let held):
            let text = held + piece, end = ThoughtMarks.response.end
            if let (place, _) = ThoughtMarks.first(of: [end], in: text[...]) {
                phase = .words
                return Array(text[..<place.lowerBound] + ThoughtMarks.withoutBlanks(text[place.upperBound...]))
            }
            let heldLength = ThoughtMarks.heldLength(text[...], [end])
            phase = .response(text.suffix(heldLength))
            return text.dropLast(heldLength)
        case .harmony(var filter):
            phase = .words  // so that the text has one owner and is not copied
            let words = filter.take(piece)
            phase = .harmony(filter)
            return words
        }
    }

    private mutating func takeBehindMark(_ rest: ArraySlice<UInt8>) -> [UInt8] {
        markCount += 1
        guard markCount <= Self.marksMax else {
            phase = .words
            return Array(rest)
        }
        phase = .head([], isBehindMark: true)
        return take(Array(rest))
    }

    private mutating func takeUnopened(_ held: [UInt8], _ piece: [UInt8]) -> [UInt8] {
        phase = .words  // so that the text has one owner and is not copied
        var held = held
        let news = max(0, held.count - ThoughtMarks.endLengthMax + 1)
        held += piece
        if let (place, _) = ThoughtMarks.first(of: ThoughtMarks.unopenedEnds, in: held[news...]) {
            hasEndedUnopened = true
            return takeBehindMark(held[place.upperBound...])
        }
        // A server that sends the mark after all.
        let begins = ThoughtMarks.pairs.map(\.begin) + HarmonyFilter.begins
        let head = ThoughtMarks.withoutBlanks(held[...])
        if begins.contains(where: { ThoughtMarks.begins(head, with: $0) }) { return takeHead(held, false) }
        if held.count > ModelLimits.answerBytesMax { return held }
        phase = .unopened(held)
        return []
    }

    private mutating func takeHead(_ text: [UInt8], _ isBehindMark: Bool) -> [UInt8] {
        let head = ThoughtMarks.withoutBlanks(text[...])
        for (begin, end) in ThoughtMarks.pairs {
            if ThoughtMarks.begins(head, with: begin) {
                phase = .thinking([], end: end)
                return take(Array(head.dropFirst(begin.count)))
            }
            if ThoughtMarks.begins(head, with: end) { return takeBehindMark(head.dropFirst(end.count)) }
        }
        let response = ThoughtMarks.response.begin, channel = ThoughtMarks.bareChannel
        if ThoughtMarks.begins(head, with: response) {
            phase = .response([])
            return take(Array(ThoughtMarks.withoutBlanks(head.dropFirst(response.count))))
        }
        if HarmonyFilter.begins.contains(where: { ThoughtMarks.begins(head, with: $0) }) {
            phase = .harmony(HarmonyFilter())
            return take(Array(head))
        }
        if !isBehindMark, head.starts(with: channel) {
            phase = .unopened([])
            return take(Array(head.dropFirst(channel.count)))
        }
        let marks = ThoughtMarks.pairs.flatMap { [$0.begin, $0.end] } + HarmonyFilter.begins + [response, channel]
        if marks.contains(where: { ThoughtMarks.may(head, become: $0) }) {
            phase = .head(isBehindMark ? Array(head) : text, isBehindMark: isBehindMark)
            return []
        }
        phase = .words
        return isBehindMark ? Array(head) : text
    }

    /// The words that are held back when the answer ends: what might have begun a mark was none.
    mutating func finish() -> String {
        defer { phase = .words }
        return switch phase {
        case .head(let held, _), .unopened(let held), .response(let held): String(decoding: held, as: UTF8.self)
        case .harmony(var filter): String(decoding: filter.finish(), as: UTF8.self)
        case .thinking, .words: ""
        }
    }
}
