/// A function with a body, and how long it is.
struct FunctionSpan {
    /// The line of its first word, from 1.
    let line: Int
    /// How many lines it has, from its first word to its closing brace.
    let length: Int
    /// Whether it holds a `switch` and no `default:`, and so must name every case.
    let hasExhaustiveSwitch: Bool

    /// Every function and initializer of a file.
    static func all(in file: SourceFile) -> [FunctionSpan] {
        let tokens = file.codeLines.enumerated().flatMap { number, line in Self.tokens(of: line, line: number + 1) }
        return tokens.indices.compactMap { index in
            beginsFunction(tokens, at: index) ? span(of: tokens[index...]) : nil
        }
    }

    private typealias Token = (text: Substring, line: Int)

    /// Words and single signs.
    private static func tokens(of line: Substring, line number: Int) -> [Token] {
        var tokens: [Token] = [], rest = line
        while let first = rest.first {
            let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let text = word.isEmpty ? rest.prefix(1) : word
            if !first.isWhitespace { tokens.append((text, number)) }
            rest = rest[text.endIndex...]
        }
        return tokens
    }

    /// `func`, or an `init` that is declared here and not called: `self.init(…)` and `.init(…)` have a dot before.
    private static func beginsFunction(_ tokens: [Token], at index: Int) -> Bool {
        switch tokens[index].text {
        case "func": true
        case "init": index == 0 || tokens[index - 1].text != "."
        case _: false
        }
    }

    /// The function that begins with the first token; nil when it has no body, as in a protocol.
    private static func span(of tokens: ArraySlice<Token>) -> FunctionSpan? {
        var parentheses = 0, braces = 0, words: Set<Substring> = []
        for (text, line) in tokens {
            switch text {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{" where braces > 0 || parentheses == 0: braces += 1
            case "}" where braces == 0 && parentheses == 0: return nil
            case "func" where braces == 0 && line > tokens[tokens.startIndex].line: return nil
            case "}" where braces == 1 && parentheses == 0:
                let first = tokens[tokens.startIndex].line
                return FunctionSpan(
                    line: first, length: line - first + 1,
                    hasExhaustiveSwitch: words.contains("switch") && !words.contains("default"))
            case "}" where braces > 0: braces -= 1
            case _: words.insert(text)
            }
        }
        return nil
    }
}
