/// The size of a screen in character cells.
public struct Size: Hashable, Sendable {
    /// The number of rows.
    public var rows: Int
    /// The number of columns.
    public var columns: Int

    /// A size of rows by columns.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// A rectangle of a screen.
public struct Area: Hashable, Sendable {
    /// The first row, from 0.
    public var row: Int
    /// The first column, from 0.
    public var column: Int
    /// The height; 0 or more.
    public var rows: Int
    /// The width; 0 or more.
    public var columns: Int

    /// A rectangle by its upper left corner and its extent. A negative extent becomes 0.
    public init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = max(rows, 0)
        self.columns = max(columns, 0)
    }
}

/// One character cell of a screen.
public struct Cell: Hashable, Sendable {
    /// The character; nil in the second column of a wide character.
    public var character: Character?
    /// The style of the character.
    public var style: Style

    /// A blank without attributes.
    public static let blank = Cell(character: " ", style: .plain)
}

/// The content of a screen. A view returns it, and the shell paints it.
public struct Grid: Hashable, Sendable {
    /// The number of rows and columns.
    public let size: Size
    private var cells: [Cell]

    /// A screen of blanks.
    public init(_ size: Size) {
        self.size = size
        cells = Array(repeating: .blank, count: size.rows * size.columns)
    }

    /// A cell. The row and the column must be within the size.
    public subscript(row: Int, column: Int) -> Cell {
        get { cells[row * size.columns + column] }
        set { cells[row * size.columns + column] = newValue }
    }

    /// Writes spans into a line of an area. What does not fit is omitted, as are characters of no width.
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

    /// Sets the style of all cells of a line of an area.
    public mutating func fill(line: Int, of area: Area, _ style: Style) {
        for column in area.column..<min(area.column + area.columns, size.columns) {
            self[area.row + line, column].style = style
        }
    }

    /// The rows as text, without the blanks at their ends.
    public var lines: [String] {
        (0..<size.rows).map { row in
            var line = cells[row * size.columns..<(row + 1) * size.columns].compactMap(\.character)
            while line.last == " " { line.removeLast() }
            return String(line)
        }
    }
}
