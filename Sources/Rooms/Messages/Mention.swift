/// An `@name` in a message.
public struct Mention: Hashable, Sendable {
    /// The name as it was written, without the `@`.
    public let name: String
    /// Where it stands, `@` included.
    public let range: Range<String.Index>

    /// Whether it asks every agent in the room, one after the other: `@everyone` or `@channel`.
    public var isEveryone: Bool { ["everyone", "channel"].contains(name.lowercased()) }

    /// Whether it asks every agent in the room at once, each without the others' answers: `@jam`.
    public var isJam: Bool { name.lowercased() == "jam" }

    /// Whether it asks every agent, and so is the name of none.
    public var isForAll: Bool { isEveryone || isJam }

    /// The mentions of a text, in order.
    ///
    /// An `@` after a letter or digit is an address (`ann@example.org`), what stands between back-ticks is code, and a
    /// line that begins with `>` is somebody else's: none of them addresses anybody.
    public static func scan(_ text: String) -> [Mention] {
        var mentions: [Mention] = []
        var index = text.startIndex, previous: Character = " "
        while index < text.endIndex, mentions.count < RoomsLimits.mentionsPerMessageMax {
            if index == text.startIndex || previous.isNewline, Self.isQuote(text[index...]) {
                index = text[index...].firstIndex(where: \.isNewline) ?? text.endIndex
                previous = " "
                continue
            }
            let character = text[index]
            if character == "`" {
                index = endOfCode(in: text, from: index)
                previous = "`"
                continue
            }
            if character == "@", !previous.isLetter, !previous.isNumber, let mention = Mention(in: text, at: index) {
                mentions.append(mention)
                index = mention.range.upperBound
                previous = "x"
                continue
            }
            previous = character
            index = text.index(after: index)
        }
        return mentions
    }

    /// Whether a line begins with the mark of a quote.
    ///
    /// See: CommonMark 0.31 §5.1
    private static func isQuote(_ line: Substring) -> Bool {
        let blanks = line.prefix(4).prefix { $0 == " " }
        return blanks.count < 4 && line.dropFirst(blanks.count).first == ">"
    }

    /// The mention whose `@` stands at a place, if a name follows it.
    private init?(in text: String, at place: String.Index) {
        let rest = text[text.index(after: place)...]
        var name = rest.prefix { $0.isLetter || $0.isNumber || "_-/.".contains($0) }
        while let last = name.last, "-/.".contains(last) { name.removeLast() }
        // Nobody is called so, and every agent's name would be compared with it.
        guard name.utf8.count <= RoomsLimits.mentionBytesMax else { return nil }
        guard let first = name.first, first.isLetter || first.isNumber else { return nil }
        self.name = String(name)
        range = place..<name.endIndex
    }

    /// The end of a code span or block that begins at a back-tick; when it is never closed, only of its back-ticks.
    private static func endOfCode(in text: String, from start: String.Index) -> String.Index {
        let fence = text[start...].prefix { $0 == "`" }
        guard let close = text[fence.endIndex...].firstRange(of: fence) else { return fence.endIndex }
        return close.upperBound
    }

    /// A text as the agent that some mentions mean is to read it: without them at the beginning, and with its name as a
    /// plain word elsewhere. A text of mentions alone stays as it is.
    public static func strip(_ mentions: [Mention], from text: String) -> String {
        var stripped = "", index = text.startIndex
        for mention in mentions {
            stripped += text[index..<mention.range.lowerBound]
            index = mention.range.upperBound
            if stripped.allSatisfy(\.isWhitespace) {
                stripped = ""
                index = text[index...].firstIndex { !$0.isWhitespace && !",:".contains($0) } ?? text.endIndex
            } else {
                stripped += mention.name
            }
        }
        stripped += text[index...]
        return stripped.isEmpty ? text : stripped
    }
}
