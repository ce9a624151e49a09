import Services

/// A part of a record's body, small enough to be quoted: some paragraphs under one heading, word for word.
public struct RecordPassage: Hashable, Sendable {
    /// The headings above it, outermost first.
    public var headings: [String]
    /// The text of the file, without empty lines round it.
    public var text: String

    /// A passage with its headings, outermost first; the text is not changed.
    public init(headings: [String], text: String) {
        self.headings = headings
        self.text = text
    }

    /// Splits a body at its headings and, in long sections, between paragraphs. A code block is never separated from
    /// its fences, and a paragraph is split only if it is longer than a passage may be.
    public static func split(_ body: String, in format: RecordFormat) -> [RecordPassage] {
        var splitter = Splitter()
        format.visitLines(of: body) { line in
            splitter.take(line)
            return true
        }
        splitter.endSection()
        return splitter.passages
    }

    private struct Splitter {
        var passages: [RecordPassage] = []
        private var headings: [(level: Int, text: String)] = []
        /// The paragraphs of the section so far, and the paragraph that is being read.
        private var blocks: [String] = []
        private var block = ""

        mutating func take(_ line: RecordLine) {
            switch line.kind {
            case .blank:
                endBlock()
                if !blocks.isEmpty { blocks[blocks.count - 1] += line.text }
            case .text, .code: block += line.text
            case .hidden: endBlock()
            case .heading(let level, let text):
                endSection()
                headings.removeAll { $0.level >= level }
                headings.append((level, text))
                if headings.count > RecordLimits.headingsMax { headings.removeFirst() }
            }
        }

        private mutating func endBlock() {
            if block.isEmpty { return }
            blocks.append(block)
            block = ""
        }

        mutating func endSection() {
            endBlock()
            var text = ""
            for next in blocks {
                if !text.isEmpty, text.utf8.count + next.utf8.count > RecordLimits.passageBytesAim {
                    add(text)
                    text = ""
                }
                text += next
            }
            add(text)
            blocks = []
        }

        private mutating func add(_ text: String) {
            for piece in Self.pieces(of: text) {
                // Only line ends are removed from the front: the blanks before a list item or of code belong to the
                // text.
                let quoted = Substring(piece).drop(while: \.isNewline).trimmingEnd()
                if !quoted.isEmpty {
                    passages.append(RecordPassage(headings: headings.map(\.text), text: String(quoted)))
                }
            }
        }

        /// Splits a text that is too long after the last line end that fits, or else the last blank, or else at the
        /// limit.
        private static func pieces(of text: String) -> [Substring] {
            var pieces: [Substring] = [], rest = Substring(text)
            while rest.utf8.count > RecordLimits.passageBytesMax {
                let head = rest.prefix(bytesMax: RecordLimits.passageBytesMax).utf8
                var cut = head.endIndex
                let end = head.lastIndex(of: .newline) ?? head.lastIndex(of: .space)
                if let end, end > rest.startIndex { cut = head.index(after: end) }
                pieces.append(rest[..<cut])
                rest = rest[cut...]
            }
            return pieces + [rest]
        }
    }
}
