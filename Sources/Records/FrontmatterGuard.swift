/// Examines YAML before a YAML parser does, and refuses what must never reach the parser: anchors, aliases, tags,
/// directives, complex keys, and too much depth. 368 bytes with aliases are enough to use two gigabytes.
///
/// It reads no values. It follows just enough of the syntax to know where a node begins, because only there `&`, `*`
/// and `!` have a meaning: `R&D` and `5 * 3` are allowed. In a doubtful case it refuses, so that the parser never finds
/// a node where the guard found text.
///
/// See: YAML 1.2 §6.8, §6.9, §7
struct FrontmatterGuard {
    private enum State: Equatable {
        /// Before a node, or between two.
        case node
        /// In a plain scalar.
        case plain
        /// After the end of a quoted scalar, a list or a mapping.
        case end
        /// In a quoted scalar, which may continue over many lines.
        case quoted(UInt8)
    }

    private var state = State.node
    private var flowDepth = 0
    private var blockScalar: BlockScalar?

    /// A `|` or `>` scalar: all lines with at least the indentation of its first line are text.
    private struct BlockScalar {
        /// The column of the key or dash to which it belongs.
        var parent: Int
        /// The column of its text; nil before its first line.
        var indent: Int?
    }

    /// Examines a whole text.
    ///
    /// - Throws: The first refusal, with its line in the text, from 1.
    static func check(_ yaml: String) throws(FrontmatterError) {
        if yaml.utf8.count > RecordLimits.frontmatterBytesMax {
            throw FrontmatterError(line: 1, "is longer than \(RecordLimits.frontmatterBytesMax) bytes")
        }
        var scanner = FrontmatterGuard()
        let lines = yaml.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            if let character = line.unicodeScalars.first(where: isRefused) {
                let number = String(character.value, radix: 16)
                throw FrontmatterError(
                    line: index + 1, "holds the character U+\(number), which YAML may take for a line end")
            }
            if let objection = scanner.objection(to: Array(line.utf8)) {
                throw FrontmatterError(line: index + 1, objection)
            }
        }
    }

    /// Characters that a YAML parser takes for the end of a line, or ignores, and that a person does not see.
    private static func isRefused(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "\t", " "..."~": false
        case "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}": true
        case let other: other.isControl
        }
    }

    private mutating func objection(to line: [UInt8]) -> String? {
        let indent = line.firstIndex { $0 != .space } ?? line.count
        if skipsInBlockScalar(line, indent: indent) || indent == line.count { return nil }
        if let objection = continuationObjection(line, indent: indent) { return objection }
        var position = indent, dashes = 0
        while position < line.count {
            switch state {
            case .quoted(let quote): skipQuoted(line, &position, quote)
            case .plain: skipPlain(line, &position)
            case .end: if let objection = endObjection(line, &position) { return objection }
            case .node: if let objection = nodeObjection(line, &position, dashes: &dashes) { return objection }
            }
        }
        return nil
    }

    private mutating func skipsInBlockScalar(_ line: [UInt8], indent: Int) -> Bool {
        guard let scalar = blockScalar else { return false }
        if indent == line.count { return true }
        if scalar.indent == nil, indent > scalar.parent { blockScalar?.indent = indent }
        if let textIndent = blockScalar?.indent, indent >= textIndent { return true }
        blockScalar = nil
        state = .node
        return false
    }

    /// A plain scalar may continue in the next line. That line is examined as if a node began there, which refuses
    /// slightly too much; only a quote is treated differently, because a quoted scalar hides what follows.
    private mutating func continuationObjection(_ line: [UInt8], indent: Int) -> String? {
        let wasPlain = state == .plain
        if state == .plain || state == .end { state = .node }
        if wasPlain, indent > 0 || flowDepth > 0, line[indent] == .quote || line[indent] == .apostrophe {
            return "goes on with a quote in a new line; write the value on one line"
        }
        return nil
    }

    private mutating func nodeObjection(_ line: [UInt8], _ position: inout Int, dashes: inout Int) -> String? {
        let byte = line[position], endsIndicator = isBlank(line, position + 1)
        switch byte {
        case .space, .tab, .comma: position += 1
        case UInt8(ascii: "&"): return "holds an anchor (&); put quotes round the value"
        case UInt8(ascii: "*"): return "holds an alias (*); put quotes round the value"
        case UInt8(ascii: "!"): return "holds a tag (!); put quotes round the value"
        case UInt8(ascii: "%"): return "holds a directive (%); put quotes round the value"
        case UInt8(ascii: "?") where endsIndicator: return "holds a complex key (?)"
        case .hash: position = line.count
        case .dash where endsIndicator && flowDepth == 0:
            dashes += 1
            position += 1
            if dashes > RecordLimits.nestingMax { return "nests deeper than \(RecordLimits.nestingMax)" }
        case .leftBracket, .leftBrace:
            flowDepth += 1
            position += 1
            if flowDepth > RecordLimits.nestingMax { return "nests deeper than \(RecordLimits.nestingMax)" }
        case .rightBracket, .rightBrace:
            flowDepth = max(0, flowDepth - 1)
            position += 1
            state = .end
        case UInt8(ascii: "|") where flowDepth == 0, UInt8(ascii: ">") where flowDepth == 0:
            return beginBlockScalar(line, &position)
        case .apostrophe, .quote:
            state = .quoted(byte)
            position += 1
        case _: state = .plain
        }
        return nil
    }

    private mutating func beginBlockScalar(_ line: [UInt8], _ position: inout Int) -> String? {
        guard let parent = parentColumn(line, position) else {
            return "begins a text block in a line of its own; put the | or > after its key"
        }
        let digit = line[position...].prefix { $0 != .hash }.first { (0x31...0x39).contains($0) }
        blockScalar = BlockScalar(parent: parent, indent: digit.map { parent + Int($0 - 0x30) })
        position = line.count
        return nil
    }

    /// The column of the key, or else of the last dash, before a position in its line.
    private func parentColumn(_ line: [UInt8], _ position: Int) -> Int? {
        var lastDash: Int?
        for column in 0..<position {
            if line[column] == .dash, isBlank(line, column + 1) {
                lastDash = column
            } else if line[column] != .space {
                return column
            }
        }
        return lastDash
    }

    private mutating func skipQuoted(_ line: [UInt8], _ position: inout Int, _ quote: UInt8) {
        let byte = line[position]
        position += 1
        if byte == UInt8(ascii: "\\") && quote == .quote {
            position += 1
        } else if byte == quote {
            if quote == .apostrophe && position < line.count && line[position] == quote {
                position += 1
            } else {
                state = .end
            }
        }
    }

    /// After a node only its end is allowed: a parser would begin the next node at any other character.
    private mutating func endObjection(_ line: [UInt8], _ position: inout Int) -> String? {
        switch line[position] {
        case .space, .tab: position += 1
        case .hash where isBlank(line, position - 1): position = line.count
        case .colon where flowDepth > 0 || isBlank(line, position + 1), .comma where flowDepth > 0:
            position += 1
            state = .node
        case .rightBracket where flowDepth > 0, .rightBrace where flowDepth > 0: state = .node
        case _: return "has text after the end of a quoted value or a list; put quotes round the whole value"
        }
        return nil
    }

    private mutating func skipPlain(_ line: [UInt8], _ position: inout Int) {
        switch line[position] {
        case .colon where flowDepth > 0 || isBlank(line, position + 1): state = .node
        case .comma where flowDepth > 0: state = .node
        case .leftBracket where flowDepth > 0, .rightBracket where flowDepth > 0, .leftBrace where flowDepth > 0,
            .rightBrace where flowDepth > 0:
            state = .node
            return
        case .hash where position > 0 && isBlank(line, position - 1): position = line.count
        case _: break
        }
        position += 1
    }

    private func isBlank(_ line: [UInt8], _ position: Int) -> Bool {
        position >= line.count || line[position] == .space || line[position] == .tab
    }
}

/// Why frontmatter cannot be read.
public struct FrontmatterError: Error, Hashable, Sendable {
    /// The line, from 1, in the text between the two `---` lines.
    public var line: Int?
    /// The error, in words that follow "the frontmatter".
    public var message: String

    /// An error in a line, from 1, or in no single line; the message follows "the frontmatter".
    init(line: Int?, _ message: String) {
        self.line = line
        self.message = message
    }
}

extension UInt8 {
    static let space = UInt8(ascii: " "), tab = UInt8(ascii: "\t"), comma = UInt8(ascii: ","), colon = UInt8(ascii: ":")
    static let hash = UInt8(ascii: "#"), dash = UInt8(ascii: "-"), newline = UInt8(ascii: "\n")
    static let quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'"), backtick = UInt8(ascii: "`")
    static let bar = UInt8(ascii: "|"), backslash = UInt8(ascii: "\\"), dollar = UInt8(ascii: "$")
    static let leftBracket = UInt8(ascii: "["), rightBracket = UInt8(ascii: "]")
    static let leftBrace = UInt8(ascii: "{"), rightBrace = UInt8(ascii: "}")
}
