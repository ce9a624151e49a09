import Services

/// What a view needs besides the model: the properties of the terminal and the time zone.
public struct Appearance: Sendable {
    /// The widths of characters on this terminal.
    public let width: TextWidth
    /// Formats an RFC 3339 date as hours and minutes in the time zone of the person.
    public let clock: @Sendable (String) -> String

    /// The appearance of one terminal.
    public init(width: TextWidth, clock: @escaping @Sendable (String) -> String) {
        self.width = width
        self.clock = clock
    }
}

/// A screen as a view has drawn it.
public struct Screen: Hashable, Sendable {
    /// The cells.
    public var grid: Grid
    /// The position of the cursor, from 0.
    public var cursor: (row: Int, column: Int) { (cursorRow, cursorColumn) }
    /// The part of the transcript that is shown.
    public var transcript: Viewport
    /// The part of the side pane that is shown.
    public var side: Viewport
    fileprivate var cursorRow = 0, cursorColumn = 0
}

/// Draws a model.
///
///     ┌ title ──────────────────────────────────────────┐
///     │ agents      │ transcript                        │
///     │ processes   │                                   │
///     ├ status ─────────────────────────────────────────┤
///     └ > prompt ───────────────────────────────────────┘
///
/// On a narrow screen the side pane is shown instead of the transcript while it has the focus.
public func view(_ model: Model, _ size: Size, _ appearance: Appearance) -> Screen {
    let size = Size(rows: max(size.rows, 4), columns: max(size.columns, 20))
    var painter = Painter(model: model, size: size, appearance: appearance)
    painter.paint()
    return painter.screen
}

private struct Painter {
    let model: Model
    let size: Size
    let appearance: Appearance
    var screen: Screen

    private static let sideColumnsMax = 34, sideColumnsMin = 24, splitColumnsMin = 64

    init(model: Model, size: Size, appearance: Appearance) {
        self.model = model
        self.size = size
        self.appearance = appearance
        let nothing = Viewport(topMax: 0, rows: max(1, size.rows - 3))
        screen = Screen(grid: Grid(size), transcript: nothing, side: nothing)
    }

    private var width: TextWidth { appearance.width }

    mutating func paint() {
        paintBars()
        let body = Area(row: 1, column: 0, rows: size.rows - 3, columns: size.columns)
        if model.showsHelp {
            _ = paint(PaneText.help(), in: inset(body), top: 0)
        } else if size.columns < Self.splitColumnsMin {
            if model.pane == .processes { paintSide(inset(body)) } else { paintTranscript(inset(body)) }
        } else {
            paintSplit(body)
        }
        paintPrompt()
    }

    private mutating func paintSplit(_ body: Area) {
        let columns = max(Self.sideColumnsMin, min(Self.sideColumnsMax, size.columns * 2 / 5))
        paintSide(Area(row: 1, column: 1, rows: body.rows, columns: columns - 2))
        for line in 0..<body.rows {
            screen.grid.write(
                [Span("│", .dim)], line: line, of: Area(row: 1, column: columns, rows: body.rows, columns: 1), width)
        }
        paintTranscript(Area(row: 1, column: columns + 2, rows: body.rows, columns: size.columns - columns - 3))
    }

    private func inset(_ area: Area) -> Area {
        Area(row: area.row, column: area.column + 1, rows: area.rows, columns: area.columns - 2)
    }

    private mutating func paintSide(_ area: Area) {
        let lines = PaneText.side(model, columns: area.columns, width)
        screen.side = paint(lines, in: area, top: model.sideTop)
    }

    private mutating func paintTranscript(_ area: Area) {
        let lines = PaneText.transcript(model, columns: area.columns, appearance)
        screen.transcript = paint(lines, in: area, top: model.transcriptTop)
    }

    /// Writes the lines from `top` on, or the last ones if it is nil.
    private mutating func paint(_ lines: [[Span]], in area: Area, top: Int?) -> Viewport {
        let topMax = max(0, lines.count - area.rows), first = min(top ?? topMax, topMax)
        for (line, spans) in lines.dropFirst(first).prefix(area.rows).enumerated() {
            screen.grid.write(spans, line: line, of: area, width)
        }
        return Viewport(topMax: topMax, rows: area.rows)
    }

    private mutating func paintBars() {
        paintBar(row: 0, left: " egghead" + (model.room.map { " · " + SafeText.line("\($0)") } ?? ""), right: paneName)
        paintBar(
            row: size.rows - 2, left: " " + statusText, right: model.transcriptTop == nil ? "? help " : "more below ")
    }

    private mutating func paintBar(row: Int, left: String, right: String) {
        let bar = Area(row: row, column: 0, rows: 1, columns: size.columns)
        let start = width.padded(left, to: max(0, size.columns - width.of(right)))
        screen.grid.write([Span(start + right, .reverse)], line: 0, of: bar, width)
    }

    private var paneName: String {
        switch model.pane {
        case .prompt: ""
        case .processes: "processes "
        case .transcript: "transcript "
        }
    }

    private var statusText: String {
        if let remark = model.remark { return SafeText.line(remark) }
        switch model.connection {
        case .connecting: return "connecting to the broker…"
        case .lost: return "broker gone, reconnecting…"
        case .connected:
            let waiting = model.pending.count { $0.state == .waiting || $0.state == .sent }
            if waiting > 0 { return "sending \(waiting)…" }
            return model.follower?.isComplete == true ? "connected" : "connected, reading the history…"
        }
    }

    /// The input line is shifted to the left so that the cursor is visible.
    private mutating func paintPrompt() {
        let row = size.rows - 1, room = size.columns - 3
        let before = model.editor.characters[..<model.editor.cursor]
        var start = before.startIndex, used = before.reduce(0) { $0 + width.of($1) }
        while used > room - 1, start < before.endIndex {
            used -= width.of(before[start])
            start += 1
        }
        let style: Style = model.pane == .prompt ? .plain : .dim
        let line = Area(row: row, column: 0, rows: 1, columns: size.columns)
        let text = SafeText.line(String(model.editor.characters[start...]))
        screen.grid.write([Span("> ", Style(.bold)), Span(text, style)], line: 0, of: line, width)
        (screen.cursorRow, screen.cursorColumn) = (row, 2 + used)
    }
}
