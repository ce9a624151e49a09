/// The input line, with a history of the lines that were submitted.
public struct LineEditor: Hashable, Sendable {
    /// The content, in characters as a person sees them (grapheme clusters).
    public private(set) var characters: [Character] = []
    /// The index of the character under the cursor; `characters.count` at the end of the line.
    public private(set) var cursor = 0
    private var history: [String] = []
    private var recalled: Int?
    private var draft: [Character] = []

    /// The most characters of a line.
    public static let charactersMax = 8_000
    /// The most lines in the history.
    public static let historyMax = 100

    /// An empty line with an empty history.
    public init() {}

    /// The content as text.
    public var text: String { String(characters) }

    /// Inserts a character at the cursor. A combining mark is joined to the character before. A full line stays as it
    /// is.
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

    /// Removes the blanks before the cursor and the word before them.
    public mutating func deleteWord() {
        while cursor > 0, characters[cursor - 1] == " " { deleteBackward() }
        while cursor > 0, characters[cursor - 1] != " " { deleteBackward() }
    }

    /// Removes all characters before the cursor.
    public mutating func deleteToStart() {
        characters.removeFirst(cursor)
        cursor = 0
    }

    /// Removes all characters from the cursor to the end.
    public mutating func deleteToEnd() { characters.removeSubrange(cursor...) }

    /// Moves the cursor by a number of characters, not beyond the ends of the line.
    public mutating func move(by distance: Int) { cursor = max(0, min(characters.count, cursor + distance)) }

    /// Moves the cursor to the start of the line.
    public mutating func moveToStart() { cursor = 0 }

    /// Moves the cursor to the end of the line.
    public mutating func moveToEnd() { cursor = characters.count }

    /// Returns the line, adds it to the history unless it is empty or the last one there, and starts an empty line.
    public mutating func submit() -> String {
        let line = text
        if !line.isEmpty, history.last != line { history.append(line) }
        if history.count > Self.historyMax { history.removeFirst() }
        (characters, cursor, recalled, draft) = ([], 0, nil, [])
        return line
    }

    /// Shows the previous line of the history.
    public mutating func recallPrevious() {
        guard let earlier = recalled.map({ $0 - 1 }) ?? history.indices.last, earlier >= 0 else { return }
        if recalled == nil { draft = characters }
        show(earlier)
    }

    /// Shows the next line of the history; after the last one, the line that was edited before.
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
