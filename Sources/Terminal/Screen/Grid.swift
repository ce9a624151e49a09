/// How large a screen is, in character cells.
public struct Size: Hashable, Sendable {
    /// From the top.
    public var rows: Int
    /// From the left.
    public var columns: Int

    /// A size.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// A part of a screen.
public struct Area: Hashable, Sendable {
    /// The first row.
    public var row: Int
    /// The first column.
    public var column: Int
    /// How many rows it has.
    public var rows: Int
    /// How many columns it has.
    public var columns: Int

    /// An area by its upper left corner and its extent.
    public init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = max(rows, 0)
        self.columns = max(columns, 0)
    }
}

/// One place on the screen.
public struct Cell: Hashable, Sendable {
    /// What stands there; nil in the second column of a wide character.
    public var character: Character?
    /// How it is drawn.
    public var style: Style

    /// An empty place.
    public static let blank = Cell(character: " ", style: .plain)
}

/// A whole screen as values: what a view returns and a shell paints.
public struct Grid: Hashable, Sendable {
    /// Its size.
    public let size: Size
    private var cells: [Cell]

    /// An empty screen.
    public init(_ size: Size) {
        self.size = size
        cells = Array(repeating: .blank, count: size.rows * size.columns)
    }

    /// A place; the caller stays inside the size.
    public subscript(row: Int, column: Int) -> Cell {
        get { cells[row * size.columns + column] }
        set { cells[row * size.columns + column] = newValue }
    }

    /// Writes spans into a line of an area; what does not fit is left out.
    public mutating func write(_ spans: [Span], line: Int, of area: Area, _ width: TextWidth) {
        let row = area.row + line, end = min(area.column + area.columns, size.columns)
        guard line >= 0, line < area.rows, row >= 0, row < size.rows else { return }
        var column = area.column
        for span in spans {
            for character in span.text {
                let columns = width.of(character)
                if columns == 0 { continue }
                if column + columns > end { return }
                self[row, column] = Cell(character: character, style: span.style)
                if columns == 2 { self[row, column + 1] = Cell(character: nil, style: span.style) }
                column += columns
            }
        }
    }

    /// Gives a whole line of an area one style.
    public mutating func fill(line: Int, of area: Area, _ style: Style) {
        for column in area.column..<min(area.column + area.columns, size.columns) {
            self[area.row + line, column].style = style
        }
    }

    /// The lines as text, blanks at their ends left out.
    public var lines: [String] {
        (0..<size.rows).map { row in
            var line = cells[row * size.columns..<(row + 1) * size.columns].compactMap(\.character)
            while line.last == " " { line.removeLast() }
            return String(line)
        }
    }
}
