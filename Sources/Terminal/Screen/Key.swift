/// A key that the terminal reports.
public enum Key: Hashable, Sendable {
    /// A printable character or a blank.
    case character(Character)
    /// A letter together with Ctrl.
    case control(Character)
    /// A key that has a name.
    case named(Name)

    /// The names of keys that are not characters.
    public enum Name: Hashable, Sendable {
        case enter, tab, backtab, escape, backspace, delete, up, down, left, right, home, end, pageUp, pageDown, help
    }
}
