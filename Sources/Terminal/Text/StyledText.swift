/// How a character is drawn.
public struct Style: Hashable, Sendable {
    /// The attributes of a character other than its colour.
    public struct Attributes: OptionSet, Hashable, Sendable {
        /// One bit for each attribute.
        public let rawValue: UInt8
        /// A set of the attributes whose bits are set.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Bold.
        public static let bold = Attributes(rawValue: 1)
        /// Less bright than normal.
        public static let dim = Attributes(rawValue: 2)
        /// Underlined.
        public static let underline = Attributes(rawValue: 4)
        /// Foreground and background colour exchanged.
        public static let reverse = Attributes(rawValue: 8)
    }

    /// Colours, named by what they mean. The shell maps them to colours of the terminal.
    public enum Color: Int, Hashable, Sendable, CaseIterable {
        /// The name of a speaker.
        case name = 1
        /// A process is ready.
        case good
        /// A process or an agent is changing its state or working.
        case busy
        /// A failure that needs the attention of a person.
        case bad
    }

    /// The attributes, none by default.
    public var attributes: Attributes
    /// The colour; nil is the default colour of the terminal.
    public var color: Color?

    /// A style of attributes and a colour.
    public init(_ attributes: Attributes = [], color: Color? = nil) {
        self.attributes = attributes
        self.color = color
    }

    /// No attribute, and the default colour.
    public static let plain = Style()
    /// For text of less importance.
    public static let dim = Style(.dim)
    /// For the title and status bars.
    public static let reverse = Style(.reverse)
}

/// A run of text in one style.
public struct Span: Hashable, Sendable {
    /// The text, without line breaks.
    public var text: String
    /// How the text is drawn.
    public var style: Style

    /// A run of text, by default without attributes.
    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

/// Breaks text into lines of a given width.
public enum LineBreaking {
    /// Breaks a paragraph into lines. A line is broken at a blank, which is dropped; a word longer than a line is
    /// broken between characters.
    ///
    /// - Parameters:
    ///   - paragraph: Spans without line breaks.
    ///   - columns: The width of a line, at least 1.
    ///   - indent: The columns that are left blank at the start of every line after the first; 0 is used if it is more
    ///     than half of `columns`.
    /// - Returns: At least one line.
    public static func wrap(_ paragraph: [Span], columns: Int, indent: Int = 0, _ width: TextWidth) -> [[Span]] {
        var wrapper = Wrapper(columns: max(columns, 1), indent: indent <= columns / 2 ? indent : 0)
        for span in paragraph {
            for character in span.text { wrapper.add(character, span.style, columns: width.of(character)) }
        }
        return wrapper.finish()
    }
}

/// The lines of a paragraph while they are filled, character by character.
private struct Wrapper {
    private struct MeasuredCharacter {
        let character: Character, style: Style, columns: Int
    }

    private let columns: Int, indent: Int
    private var lines: [[Span]] = []
    private var line: [MeasuredCharacter] = []
    private var used = 0
    /// The index after the last blank of the line, where the line may be broken.
    private var breakpoint: Int?

    init(columns: Int, indent: Int) {
        self.columns = columns
        self.indent = indent
    }

    mutating func add(_ character: Character, _ style: Style, columns width: Int) {
        if used + width > limit, character != " " { breakLine() }
        line.append(MeasuredCharacter(character: character, style: style, columns: width))
        used += width
        if character == " " { breakpoint = line.count }
    }

    mutating func finish() -> [[Span]] {
        emit(line[...])
        return lines
    }

    private var limit: Int { lines.isEmpty ? columns : columns - indent }

    private mutating func breakLine() {
        let end = breakpoint ?? line.count
        emit(line[..<end])
        line.removeFirst(end)
        used = line.reduce(0) { $0 + $1.columns }
        breakpoint = nil
    }

    private mutating func emit(_ cells: ArraySlice<MeasuredCharacter>) {
        var kept = cells
        while kept.last?.character == " " { kept.removeLast() }
        var spans: [Span] = lines.isEmpty || indent == 0 ? [] : [Span(String(repeating: " ", count: indent))]
        for cell in kept {
            if let last = spans.indices.last, spans[last].style == cell.style {
                spans[last].text.append(cell.character)
            } else {
                spans.append(Span(String(cell.character), cell.style))
            }
        }
        lines.append(spans)
    }
}
