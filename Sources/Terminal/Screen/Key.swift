/// A key as a terminal reports it.
public enum Key: Hashable, Sendable {
    /// A character that can be seen, or a blank.
    case character(Character)
    /// A letter together with Ctrl.
    case control(Character)
    /// Another key.
    case named(Name)

    /// Keys with names.
    public enum Name: Hashable, Sendable {
        case enter, tab, backtab, escape, backspace, delete, up, down, left, right, home, end, pageUp, pageDown, help
    }
}
