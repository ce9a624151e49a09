import CNcurses
import Glibc
import Terminal

/// The terminal: paints grids and reads keys, with ncurses.
///
/// See: ncurses(3NCURSES)
struct CursesScreen: ~Copyable {
    /// Takes over the terminal until the value is destroyed; nil if ncurses does not know the terminal type.
    init?() {
        guard cncurses_open() else { return nil }
        for color in Style.Color.allCases { cncurses_color(Int16(color.rawValue), Self.foreground(color)) }
    }

    deinit { endwin() }

    /// The widths of characters as the C library, and so ncurses, measures them.
    static let width = TextWidth { Int(cncurses_columns_of($0.value)) }

    private static func foreground(_ color: Style.Color) -> Int16 {
        switch color {
        case .name: Int16(COLOR_CYAN)
        case .good: Int16(COLOR_GREEN)
        case .busy: Int16(COLOR_YELLOW)
        case .bad: Int16(COLOR_RED)
        }
    }

    /// The current size of the terminal. If it has changed, ncurses is informed.
    func size() -> Size {
        var window = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 {
            let (rows, columns) = (CInt(window.ws_row), CInt(window.ws_col))
            if rows != cncurses_rows() || columns != cncurses_columns() {
                resizeterm(rows, columns)
                cncurses_repaint()
            }
        }
        return Size(rows: Int(cncurses_rows()), columns: Int(cncurses_columns()))
    }

    /// Paints a screen. ncurses sends only the cells that have changed.
    func paint(_ screen: Screen) {
        cncurses_erase()
        for row in 0..<screen.grid.size.rows { paint(row, of: screen.grid) }
        cncurses_refresh(CInt(screen.cursor.row), CInt(screen.cursor.column))
    }

    /// Writes each run of one style at its own column, so that a character that the terminal draws with another width
    /// shifts only its own run.
    private func paint(_ row: Int, of grid: Grid) {
        var column = 0
        while column < grid.size.columns {
            let start = column, style = grid[row, start].style
            var text = ""
            while column < grid.size.columns, grid[row, column].style == style {
                if let character = grid[row, column].character { text.append(character) }
                column += 1
            }
            let attributes = style.attributes
            cncurses_style(
                attributes.contains(.bold), attributes.contains(.dim), attributes.contains(.underline),
                attributes.contains(.reverse), Int16(style.color?.rawValue ?? 0))
            cncurses_write(CInt(row), CInt(start), text)
        }
    }

    /// The next key, or nil if no key is waiting. Never blocks.
    func nextKey() -> Key? {
        while true {
            var raw: UInt32 = 0
            switch cncurses_read(&raw) {
            case 1: if let key = Self.key(character: raw) { return key }
            case 2: if let key = Self.key(code: CInt(bitPattern: raw)) { return key }
            case _: return nil
            }
        }
    }

    private static func key(character raw: UInt32) -> Key? {
        switch raw {
        case 9: return .named(.tab)
        case 10, 13: return .named(.enter)
        case 27: return .named(.escape)
        case 8, 127: return .named(.backspace)
        case 1..<27: return Unicode.Scalar(raw + 0x60).map { .control(Character($0)) }
        case ..<32: return nil
        case _: return Unicode.Scalar(raw).map { .character(Character($0)) }
        }
    }

    private static func key(code: CInt) -> Key? {
        codes.first { $0.code == code }.map { .named($0.name) }
    }

    private static let codes: [(code: CInt, name: Key.Name)] = [
        (KEY_UP, .up), (KEY_DOWN, .down), (KEY_LEFT, .left), (KEY_RIGHT, .right), (KEY_HOME, .home), (KEY_END, .end),
        (KEY_PPAGE, .pageUp), (KEY_NPAGE, .pageDown), (KEY_BACKSPACE, .backspace), (KEY_DC, .delete),
        (KEY_ENTER, .enter), (KEY_BTAB, .backtab), (KEY_F0 + 1, .help),
    ]
}
