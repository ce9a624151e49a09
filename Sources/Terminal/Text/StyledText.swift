/// How a character is drawn.
public struct Style: Hashable, Sendable {
    /// What a terminal can do to a character besides its colour.
    public struct Attributes: OptionSet, Hashable, Sendable {
        /// A bit each.
        public let rawValue: UInt8
        /// Attributes by their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Heavier.
        public static let bold = Attributes(rawValue: 1)
        /// Fainter.
        public static let dim = Attributes(rawValue: 2)
        /// Underlined.
        public static let underline = Attributes(rawValue: 4)
        /// Colours exchanged.
        public static let reverse = Attributes(rawValue: 8)
    }

    /// Colours by what they tell, not by how they look.
    public enum Color: Int, Hashable, Sendable, CaseIterable {
        /// A name that speaks.
        case name = 1
        /// Something is well.
        case good
        /// Something is on its way.
        case busy
        /// Something needs a person.
        case bad
    }

    /// The attributes.
    public var attributes: Attributes
    /// The colour; the terminal's own when nil.
    public var color: Color?

    /// A style.
    public init(_ attributes: Attributes = [], color: Color? = nil) {
        self.attributes = attributes
        self.color = color
    }

    /// As the terminal draws without being asked.
    public static let plain = Style()
    /// For what matters less.
    public static let dim = Style(.dim)
    /// For bars.
    public static let reverse = Style(.reverse)
}

/// A run of text in one style.
public struct Span: Hashable, Sendable {
    /// The words, without line breaks.
    public var text: String
    /// Their style.
    public var style: Style

    /// A run.
    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

/// Breaks text into lines of a given width.
public enum LineBreaking {
    /// The lines of one paragraph: broken at blanks, which are dropped there; a word longer than a line is broken
    /// anywhere.
    ///
    /// - Parameters:
    ///   - paragraph: Spans without line breaks.
    ///   - columns: The width of a line, at least 1.
    ///   - indent: The columns that lines after the first leave free on the left.
    /// - Returns: At least one line.
    public static func wrap(_ paragraph: [Span], columns: Int, indent: Int = 0, _ width: TextWidth) -> [[Span]] {
        var wrapper = Wrapper(columns: max(columns, 1), indent: indent <= columns / 2 ? indent : 0)
        for span in paragraph {
            for character in span.text { wrapper.add(character, span.style, columns: width.of(character)) }
        }
        return wrapper.finish()
    }
}

/// The line that is being filled, cell by cell, and where it may be broken.
private struct Wrapper {
    private struct MeasuredCharacter {
        let character: Character, style: Style, columns: Int
    }

    private let columns: Int, indent: Int
    private var lines: [[Span]] = []
    private var line: [MeasuredCharacter] = []
    private var used = 0
    /// Behind the last blank of the line.
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
