/// The commands that keys execute.
public enum KeyCommand: Hashable, Sendable {
    case quit, cancel, help, nextPane, previousPane, prompt
    case send, recallPrevious, recallNext
    case lineUp, lineDown, pageUp, pageDown, top, bottom
    case left, right, lineStart, lineEnd
    case deleteBackward, deleteForward, deleteWord, deleteToStart, deleteToEnd
}

/// Binds keys to a command in a scope. The help is made from the same table.
public struct KeyBinding: Sendable {
    /// Where a binding applies.
    public enum Scope: Hashable, Sendable {
        case anywhere, prompt, panes
    }

    /// Where the binding applies.
    public let scope: Scope
    /// The keys, each of which executes the command.
    public let keys: [Key]
    /// The command that the keys execute.
    public let command: KeyCommand
    /// The names of the keys and the meaning for the help; nil if the help does not show the binding.
    public let help: (key: String, meaning: String)?

    private init(_ scope: Scope, _ keys: [Key], _ command: KeyCommand, _ help: (key: String, meaning: String)? = nil) {
        self.scope = scope
        self.keys = keys
        self.command = command
        self.help = help
    }

    /// The command of a key in the prompt or in a pane; nil if the key has none there.
    public static func command(for key: Key, in scope: Scope) -> KeyCommand? {
        table.first { ($0.scope == scope || $0.scope == .anywhere) && $0.keys.contains(key) }?.command
    }

    /// All bindings. For a key that occurs twice, the first binding that applies is used.
    public static let table: [KeyBinding] = [
        KeyBinding(.anywhere, [.control("c")], .quit, ("Ctrl-C", "leave; the team goes on (/quit does the same)")),
        KeyBinding(
            .anywhere, [.control("x")], .cancel, ("Ctrl-X", "stop what the agents of this room do (or /cancel)")),
        KeyBinding(.anywhere, [.named(.help)], .help, ("F1", "this help (? in a pane or an empty prompt)")),
        KeyBinding(.anywhere, [.named(.tab)], .nextPane, ("Tab", "next pane: prompt, processes, transcript")),
        KeyBinding(.anywhere, [.named(.backtab)], .previousPane),
        KeyBinding(.anywhere, [.named(.pageUp)], .pageUp, ("PgUp PgDn", "scroll; at the end: follow again")),
        KeyBinding(.anywhere, [.named(.pageDown)], .pageDown),

        KeyBinding(.prompt, [.named(.enter)], .send, ("Enter", "send; @name speaks to one agent; /approve N, /deny N")),
        KeyBinding(.prompt, [.named(.up), .control("p")], .recallPrevious, ("Up Down", "lines typed before")),
        KeyBinding(.prompt, [.named(.down), .control("n")], .recallNext),
        KeyBinding(.prompt, [.named(.left), .control("b")], .left),
        KeyBinding(.prompt, [.named(.right), .control("f")], .right),
        KeyBinding(
            .prompt, [.named(.home), .control("a")], .lineStart, ("Ctrl-A Ctrl-E", "begin and end of the line")),
        KeyBinding(.prompt, [.named(.end), .control("e")], .lineEnd),
        KeyBinding(.prompt, [.named(.backspace)], .deleteBackward),
        KeyBinding(.prompt, [.named(.delete), .control("d")], .deleteForward),
        KeyBinding(
            .prompt, [.control("w")], .deleteWord, ("Ctrl-W Ctrl-U", "delete a word, the line before the cursor")),
        KeyBinding(.prompt, [.control("u")], .deleteToStart),
        KeyBinding(.prompt, [.control("k")], .deleteToEnd),

        KeyBinding(.panes, [.character("j"), .named(.down)], .lineDown, ("j k", "in a pane: a line down, a line up")),
        KeyBinding(.panes, [.character("k"), .named(.up)], .lineUp),
        KeyBinding(.panes, [.character("g"), .named(.home)], .top, ("g G", "in a pane: to the top, to the end")),
        KeyBinding(.panes, [.character("G"), .named(.end)], .bottom),
        KeyBinding(.panes, [.named(.enter), .named(.escape)], .prompt, ("Enter Esc", "in a pane: back to the prompt")),
        KeyBinding(.panes, [.character("?")], .help),
        KeyBinding(.panes, [.character("q"), .character("Q")], .quit, ("q", "in a pane: leave")),
    ]
}
