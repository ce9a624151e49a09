/// The sentences of a passage, so that one of them can be quoted without the others.
///
/// A list item, a row of a table and a line of code end a sentence as a full stop does. Line ends within a sentence are
/// written as blanks; the words are not changed.
public enum Sentences {
    /// The sentences of a text, in its order. None is empty.
    public static func split(_ text: String) -> [String] {
        var found: [String] = [], paragraph = "", isCode = false
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let words = line.trimmed()
            if words.hasPrefix("```") || words.hasPrefix("~~~") {
                end(&paragraph, &found)
                isCode.toggle()
            } else if isCode || words.hasPrefix("|") {
                end(&paragraph, &found)
                if words.contains(where: { $0.isLetter || $0.isNumber }) { found.append(String(words)) }
            } else if words.isEmpty {
                end(&paragraph, &found)
            } else {
                let item = withoutMarker(words)
                if item.isMarked { end(&paragraph, &found) }
                if !item.text.isEmpty { paragraph += (paragraph.isEmpty ? "" : " ") + item.text }
            }
        }
        end(&paragraph, &found)
        return found
    }

    private static func end(_ paragraph: inout String, _ found: inout [String]) {
        var start = paragraph.startIndex
        for end in ends(in: paragraph) + [paragraph.endIndex] {
            let sentence = paragraph[start..<end].trimmed()
            if !sentence.isEmpty { found.append(String(sentence)) }
            start = end
        }
        paragraph = ""
    }

    /// Where sentences end within a paragraph.
    private static func ends(in paragraph: String) -> [String.Index] {
        var ends: [String.Index] = [], isCode = false, word = paragraph.startIndex
        for (index, character) in zip(paragraph.indices, paragraph) {
            if character == "`" { isCode.toggle() }
            if isCode { continue }
            if wideMarks.contains(character) { ends.append(paragraph.index(after: index)) }
            guard character == " " else { continue }
            if isEnd(paragraph[word..<index], before: paragraph[index...].dropFirst().first) { ends.append(index) }
            word = paragraph.index(after: index)
        }
        return ends
    }

    /// Whether a word ends its sentence, by its own end and by the character with which the next word begins.
    private static func isEnd(_ word: Substring, before next: Character?) -> Bool {
        let closed = word.drop { opening.contains($0) }
        var bare = closed
        while let last = bare.last, closing.contains(last) { bare.removeLast() }
        guard let mark = bare.last, marks.contains(mark), let next else { return false }
        if mark != "." { return true }
        let isInitial = bare.count == 2 && bare.first?.isUppercase == true
        return !isInitial && !abbreviations.contains(bare.lowercased()) && !next.isLowercase && next != ","
    }

    /// What begins a list item or a quote is no word of it.
    private static func withoutMarker(_ line: Substring) -> (text: Substring, isMarked: Bool) {
        if line.hasPrefix(">") { return (line.drop { $0 == ">" || $0 == " " }, false) }
        let marker = line.prefix { $0 != " " }
        let digits = marker.dropLast()
        let isBullet = ["-", "*", "+"].contains(marker)
        let isNumber =
            (1...9).contains(digits.count) && digits.allSatisfy(\.isWholeNumber)
            && (marker.hasSuffix(".") || marker.hasSuffix(")"))
        guard isBullet || isNumber else { return (line, false) }
        return (line.dropFirst(marker.count).trimmed(), true)
    }

    private static let marks: Set<Character> = [".", "!", "?", "…"]
    /// Those of scripts without blanks.
    private static let wideMarks: Set<Character> = ["。", "！", "？"]
    private static let opening: Set<Character> = ["(", "[", "\"", "'", "“", "„", "*", "_"]
    private static let closing: Set<Character> = [")", "]", "\"", "'", "”", "’", "*", "_"]
    private static let abbreviations: Set<String> = [
        "e.g.", "i.e.", "etc.", "vs.", "cf.", "dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "approx.", "ca.", "fig.",
        "vol.", "z.b.", "d.h.", "bzw.", "usw.",
    ]
}
