/// The line that a person types, with the lines typed before.
public struct LineEditor: Hashable, Sendable {
    /// What the person has typed, by what they see as characters.
    public private(set) var characters: [Character] = []
    /// Before which character the cursor stands; `characters.count` is the end.
    public private(set) var cursor = 0
    private var history: [String] = []
    private var recalled: Int?
    private var draft: [Character] = []

    /// The longest line, in characters.
    public static let charactersMax = 8_000
    /// The most lines remembered.
    public static let historyMax = 100

    /// An empty line.
    public init() {}

    /// The line as text.
    public var text: String { String(characters) }

    /// Puts a character at the cursor; a combining one joins the character before.
    public mutating func insert(_ character: Character) {
        if cursor > 0 {
            let joined = String(characters[cursor - 1]) + String(character)
            if joined.count == 1, let only = joined.first {
                characters[cursor - 1] = only
                return
            }
        }
        guard characters.count < Self.charactersMax else { return }
        characters.insert(character, at: cursor)
        cursor += 1
    }

    /// Removes the character before the cursor.
    public mutating func deleteBackward() {
        guard cursor > 0 else { return }
        cursor -= 1
        characters.remove(at: cursor)
    }

    /// Removes the character under the cursor.
    public mutating func deleteForward() {
        if cursor < characters.count { characters.remove(at: cursor) }
    }

    /// Removes the word before the cursor and the blanks behind it.
    public mutating func deleteWord() {
        while cursor > 0, characters[cursor - 1] == " " { deleteBackward() }
        while cursor > 0, characters[cursor - 1] != " " { deleteBackward() }
    }

    /// Removes everything before the cursor.
    public mutating func deleteToStart() {
        characters.removeFirst(cursor)
        cursor = 0
    }

    /// Removes everything from the cursor on.
    public mutating func deleteToEnd() { characters.removeSubrange(cursor...) }

    /// Moves the cursor by characters; it stays within the line.
    public mutating func move(by distance: Int) { cursor = max(0, min(characters.count, cursor + distance)) }

    /// Moves the cursor to the beginning.
    public mutating func moveToStart() { cursor = 0 }

    /// Moves the cursor to the end.
    public mutating func moveToEnd() { cursor = characters.count }

    /// Takes the line out, leaving an empty one, and remembers it.
    public mutating func submit() -> String {
        let line = text
        if !line.isEmpty, history.last != line { history.append(line) }
        if history.count > Self.historyMax { history.removeFirst() }
        (characters, cursor, recalled, draft) = ([], 0, nil, [])
        return line
    }

    /// Shows the line typed before this one.
    public mutating func recallPrevious() {
        guard let earlier = recalled.map({ $0 - 1 }) ?? history.indices.last, earlier >= 0 else { return }
        if recalled == nil { draft = characters }
        show(earlier)
    }

    /// Shows the line typed after this one; behind the last, what was being typed.
    public mutating func recallNext() {
        guard let recalled else { return }
        if recalled + 1 < history.count { return show(recalled + 1) }
        (self.recalled, characters, cursor) = (nil, draft, draft.count)
    }

    private mutating func show(_ index: Int) {
        recalled = index
        characters = Array(history[index])
        cursor = characters.count
    }
}
