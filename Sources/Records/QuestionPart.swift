/// A part of a word of a question.
///
/// In a language without blanks, a question is one sequence of characters. Nothing here knows where its words end, so
/// the sequence is cut where the script changes and at characters that only grammar needs, and what is left into parts
/// of two characters: most words of Chinese, Japanese and Korean are that long, or contain one that is.
struct QuestionPart {
    /// The part.
    var text: String
    /// Whether it is a whole word, as far as can be told.
    var isWord: Bool

    /// Characters of Chinese that are words of grammar or of asking.
    private static let functionCharacters: Set<Character> = Set(
        "的了是在吗嗎呢吧啊么麼们們这這那哪怎谁誰我你您他她它和与與或及就都也很把被为為何几幾请請什有没沒不如")
    /// Words of asking in Thai, which have no other use.
    private static let functionWords = ["อย่างไร", "ที่ไหน", "เมื่อไร", "เมื่อไหร่", "ทำไม", "อะไร", "ใคร", "หรือไม่", "ไหม"]

    /// The parts of a word that contains no blank.
    static func parts(of word: String) -> [QuestionPart] {
        if word.utf8.allSatisfy({ $0 < 0x80 }) { return [QuestionPart(text: word, isWord: true)] }
        let runs = runs(of: functionWords.reduce(word) { $0.split(separator: $1).joined(separator: "\u{1F}") })
        let isKana = runs.allSatisfy { $0.script == nil || $0.script == .hiragana }
        let parts = runs.flatMap { run -> [QuestionPart] in
            switch run.script {
            case nil, .katakana: [QuestionPart(text: run.text, isWord: true)]
            case .hiragana: isKana ? grams(of: run.text, 2) : []  // the grammar of Japanese
            case .han, .hangul: grams(of: run.text, 2)
            case .southEastAsian: grams(of: run.text, 3)
            }
        }
        // A single character beside words says little: it is a part of many.
        let words = parts.filter { $0.isWord || $0.text.count > 1 }
        return words.isEmpty ? parts : words
    }

    private typealias Run = (text: String, script: IndexText.Script?)

    /// Sequences of characters of one script; a symbol is one by itself.
    private static func runs(of word: String) -> [Run] {
        var runs: [Run] = [], isOpen = false
        for character in word {
            if functionCharacters.contains(character) || !IndexText.hasWords(String(character)) {
                isOpen = false
                continue
            }
            let scalar = character.unicodeScalars.first
            let script = scalar.flatMap(IndexText.Script.init)
            let isSymbol = script == nil && scalar.map(IndexText.Part.init) == .single
            if isOpen, !isSymbol, let last = runs.last, last.script == script {
                runs[runs.count - 1].text.append(character)
            } else {
                runs.append((String(character), script))
            }
            isOpen = !isSymbol
        }
        return runs
    }

    /// All parts of a length; the text itself when it is not longer.
    private static func grams(of text: String, _ length: Int) -> [QuestionPart] {
        let characters = Array(text)
        if characters.count <= length { return [QuestionPart(text: text, isWord: characters.count == length)] }
        return (0...characters.count - length).map { start in
            QuestionPart(text: String(characters[start..<start + length]), isWord: false)
        }
    }
}
