/// The sentences of a passage, so that one of them can be quoted without the others.
///
/// A list item, a row of a table and a line of code end a sentence as a full stop does. Line ends within a sentence are
/// written as blanks, and a line of code stands between back-ticks; the words are not changed. What only structures the
/// text (a rule, a fence, the head of a table, a comment in code, a picture) is no sentence.
public struct Sentences {
    private var found: [String] = []
    private var paragraph = ""
    private var isInList = false, isInTable = false
    /// The fence that ends the code, while there is code.
    private var fence: Substring?

    /// The sentences of a text, in its order. None is empty.
    public static func split(_ text: String) -> [String] {
        var sentences = Sentences()
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { sentences.take(line) }
        sentences.endParagraph()
        return sentences.found
    }

    private mutating func take(_ line: Substring) {
        // A quote has the structure of a text of its own.
        var words = line.trimmed()
        while words.hasPrefix(">"), fence == nil { words = words.dropFirst().trimmed() }
        if let fence {
            if Self.ends(words, fence) { self.fence = nil } else { takeCode(words) }
        } else if let opening = Self.fence(words) {
            endParagraph()
            fence = opening
        } else if words.isEmpty {
            endParagraph()
            (isInList, isInTable) = (false, false)
        } else if Self.isTableRule(words) {
            // The line before it is the head.
            if paragraph.isEmpty { _ = found.popLast() } else { paragraph = "" }
            isInTable = true
        } else if isInTable || words.hasPrefix("|") {
            endParagraph()
            add(words)
        } else {
            takeText(words)
        }
    }

    private mutating func takeText(_ words: Substring) {
        if let item = listItem(words) {
            endParagraph()
            isInList = true
            paragraph = String(item)
        } else if Self.isBare(words) {
            endParagraph()
        } else {
            paragraph += (paragraph.isEmpty ? "" : " ") + words
        }
    }

    private mutating func takeCode(_ line: Substring) {
        if line.hasPrefix("#") || line.hasPrefix("//") || !line.contains(where: \.isLetter) { return }
        found.append(line.contains("`") ? String(line) : "`\(line)`")
    }

    private mutating func add(_ sentence: Substring) {
        if Self.hasWords(sentence) { found.append(String(sentence)) }
    }

    private mutating func endParagraph() {
        var start = paragraph.startIndex
        for end in Self.ends(in: paragraph) + [paragraph.endIndex] {
            add(paragraph[start..<end].trimmed())
            start = end
        }
        paragraph = ""
    }

    // MARK: Lines

    /// The fence with which a line begins code; nil when it does not. Org marks code in words.
    ///
    /// See: CommonMark 0.31 §4.5
    private static func fence(_ line: Substring) -> Substring? {
        if line.lowercased().hasPrefix("#+begin_") { return "#+end_" }
        guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
        let fence = line.prefix { $0 == mark }
        return fence.count < 3 || mark == "`" && line.dropFirst(fence.count).contains("`") ? nil : fence
    }

    private static func ends(_ line: Substring, _ fence: Substring) -> Bool {
        line.lowercased().hasPrefix(fence) && (fence.first == "#" || line.allSatisfy { $0 == fence.first })
    }

    /// `|---|:-:|`, also without the first and the last bar.
    private static func isTableRule(_ line: Substring) -> Bool {
        line.contains("|") && line.contains("-") && line.allSatisfy { "|-: ".contains($0) }
    }

    /// Whether a line has no words to be quoted: a rule, a picture, a definition of a link, a line of HTML, a key of
    /// Org.
    private static func isBare(_ line: Substring) -> Bool {
        if !hasWords(line) || line.hasPrefix("#+") { return true }
        return line.hasPrefix("<") && line.hasSuffix(">") || line.hasPrefix("[") && line.contains("]: ")
    }

    /// Whether there are letters or digits beside the places of pictures.
    private static func hasWords(_ text: Substring) -> Bool {
        var rest = text
        while let start = rest.firstRange(of: "!["), let end = rest[start.upperBound...].firstIndex(of: ")") {
            if rest[..<start.lowerBound].contains(where: isWord) { return true }
            rest = rest[rest.index(after: end)...]
        }
        return rest.contains(where: isWord)
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    /// What follows the marker of a list item; nil when the line begins none. In the middle of a paragraph only the
    /// number 1 begins a list: other lines go on with a number.
    ///
    /// See: CommonMark 0.31 §5.2
    private func listItem(_ line: Substring) -> Substring? {
        let marker = line.prefix { $0 != " " }
        if ["-", "*", "+"].contains(marker) { return line.dropFirst().trimmed() }
        let number = marker.dropLast()
        guard (1...3).contains(number.count), number.allSatisfy(\.isWholeNumber),
            marker.hasSuffix(".") || marker.hasSuffix(")"), paragraph.isEmpty || isInList || number == "1"
        else { return nil }
        return line.dropFirst(marker.count).trimmed()
    }

    // MARK: Ends of sentences

    /// Where sentences end within a paragraph.
    private static func ends(in paragraph: String) -> [String.Index] {
        var ends: [String.Index] = [], isCode = false, word = paragraph.startIndex
        // A back-tick without another one is text.
        var ticks = paragraph.count { $0 == "`" } / 2 * 2
        for (index, character) in zip(paragraph.indices, paragraph) {
            if character == "`", ticks > 0 {
                ticks -= 1
                isCode.toggle()
            }
            if isCode { continue }
            if wideMarks.contains(character) { ends.append(paragraph.index(after: index)) }
            guard character == " " else { continue }
            let next = paragraph[index...].dropFirst().prefix { $0 != " " }
            if isEnd(paragraph[word..<index], before: next) { ends.append(index) }
            word = paragraph.index(after: index)
        }
        return ends
    }

    /// Whether a word ends its sentence, by its own end and by the word that follows.
    private static func isEnd(_ word: Substring, before next: Substring) -> Bool {
        var bare = word.drop { opening.contains($0) }
        while let last = bare.last, closing.contains(last) { bare.removeLast() }
        guard let mark = bare.last, marks.contains(mark), let first = next.first else { return false }
        if mark != "." { return true }
        if first.isLowercase || first == "," || isAbbreviation(bare.lowercased()) { return false }
        let isOrdinal = bare.dropLast().count < 3 && bare.dropLast().allSatisfy(\.isWholeNumber)
        return !(isOrdinal && germanMonths.contains(next.filter(\.isLetter).lowercased()))
            && !(["no.", "nr."].contains(bare.lowercased()) && first.isNumber)
    }

    /// Whether a word in lower case with its full stop is short for something: `e.g.`, an initial, `u.s.`
    private static func isAbbreviation(_ word: String) -> Bool {
        if abbreviations.contains(word) { return true }
        let letters = word.split(separator: ".")
        return letters.allSatisfy { $0.count == 1 && $0.first?.isLetter == true } && !letters.isEmpty
    }

    private static let marks: Set<Character> = [".", "!", "?", "…"]
    /// Those of scripts without blanks.
    private static let wideMarks: Set<Character> = ["。", "！", "？"]
    private static let opening: Set<Character> = ["(", "[", "\"", "'", "“", "„", "*", "_"]
    private static let closing: Set<Character> = [")", "]", "\"", "'", "”", "’", "*", "_"]
    private static let abbreviations: Set<String> = [
        "etc.", "vs.", "cf.", "dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "approx.", "ca.", "fig.", "vol.", "inc.",
        "ltd.", "jan.", "feb.", "apr.", "aug.", "sept.", "oct.", "nov.", "dec.", "bzw.", "usw.",
    ]
    private static let germanMonths: Set<String> = [
        "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
        "dezember",
    ]
}
