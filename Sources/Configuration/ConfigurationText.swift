/// The text of a `config.yml` of which the entries below one key are changed line by line, so that comments and
/// everything else stay as they are.
///
/// Only entries in block style are changed: one line or more for each. What comes out is to be read again before it is
/// written; see `NodeConfiguration`.
public struct ConfigurationText: Hashable, Sendable {
    /// The text.
    public var text: String { lines.joined(separator: "\n") }

    /// The lines, with the carriage returns that end them; the last one is empty when the text ends with a line.
    private var lines: [String]

    /// The key with its colon.
    private let key: String

    /// The text of a file; an empty one for a file that there is not.
    ///
    /// - Parameter key: The key whose entries are changed, such as `providers`.
    public init(_ text: String, key: String) {
        self.key = key + ":"
        // In a `String` CRLF is one character.
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }

    /// Adds an entry behind the others.
    ///
    /// - Parameter fields: Its keys and their values.
    /// - Returns: Whether there is a place for it: not in a mapping in braces.
    public mutating func add(_ name: String, _ fields: [(key: String, value: Value)]) -> Bool {
        let heading = lines.firstIndex(where: isKeyLine)
        let indentation = heading.map(indentation(below:)) ?? 2
        let blanks = String(repeating: " ", count: indentation)
        let ending = lines.contains { $0.unicodeScalars.last == "\r" } ? "\r" : ""
        let entry =
            (fields.isEmpty
            ? ["\(blanks)\(name): {}"]
            : ["\(blanks)\(name):"] + fields.map { "\(blanks)\(blanks)\($0.key): \($0.value.yaml)" })
            .map { $0 + ending }
        if let heading {
            guard isHeading(lines[heading]) else { return false }
            insert(entry, at: end(of: heading))
            if rest(of: lines[heading]).hasPrefix("{}"), let brackets = lines[heading].firstRange(of: "{}") {
                lines[heading].removeSubrange(brackets)
            }
        } else {
            let last = lines.last?.isEmpty == true ? lines.dropLast().last : lines.last
            let gap = last.map(Self.isBlank) ?? true ? [] : [ending]
            insert(gap + [key + ending] + entry, at: lines.count)
        }
        return true
    }

    /// Puts lines before one, or behind the last one.
    private mutating func insert(_ new: [String], at place: Int) {
        if place < lines.count {
            lines.insert(contentsOf: new, at: place)
        } else if lines.last?.isEmpty == true {
            lines.insert(contentsOf: new, at: lines.count - 1)
        } else {
            lines += new + [""]
        }
    }

    /// Removes an entry with its keys, and with the comments that stand as far in as these.
    ///
    /// - Returns: Whether it was found.
    public mutating func remove(_ name: String) -> Bool {
        guard let heading = lines.firstIndex(where: isKeyLine), isHeading(lines[heading]) else {
            return false
        }
        let indentation = indentation(below: heading)
        let block = (heading + 1)..<end(of: heading)
        let keys = ["\(name):", "\"\(name)\":", "'\(name)':"]
        guard
            let first = block.first(where: { place in
                Self.indentation(of: lines[place]) == indentation
                    && keys.contains { lines[place].dropFirst(indentation).hasPrefix($0) }
            })
        else { return false }
        var last = first
        for place in block where place > first && !Self.isBlank(lines[place]) {
            guard Self.indentation(of: lines[place]) > indentation else {
                if Self.isComment(lines[place]) { continue }
                break
            }
            last = place
        }
        lines.removeSubrange(first...last)
        return true
    }

    /// The first line behind the entries below a heading, without the blank lines and comments that follow them.
    private func end(of heading: Int) -> Int {
        let indentation = indentation(below: heading)
        var end = heading + 1
        for place in lines.indices where place > heading && !Self.isBlank(lines[place]) {
            if Self.isComment(lines[place]) {
                // A comment as far in as the keys of the last entry belongs to it.
                if place == end, Self.indentation(of: lines[place]) > indentation { end = place + 1 }
                continue
            }
            guard Self.indentation(of: lines[place]) > 0 else { break }
            end = place + 1
        }
        return end
    }

    /// How far the entries below a heading are indented.
    private func indentation(below heading: Int) -> Int {
        let first =
            lines[(heading + 1)...].first { !Self.isBlank($0) && !Self.isComment($0) }.map(Self.indentation) ?? 0
        return first > 0 ? first : 2
    }

    /// Some editors write a byte order mark.
    private func isKeyLine(_ line: String) -> Bool {
        line.hasPrefix(key)
            || line.unicodeScalars.first == "\u{feff}"
                && line.unicodeScalars.dropFirst().starts(with: key.unicodeScalars)
    }

    /// Whether a line of the key has its entries below it.
    private func isHeading(_ line: String) -> Bool {
        let rest = rest(of: line)
        return rest.isEmpty || rest.hasPrefix("#") || rest.hasPrefix("{}")
    }

    /// What follows the key.
    private func rest(of line: String) -> String {
        let mark = line.unicodeScalars.first == "\u{feff}" ? 1 : 0
        let rest = line.unicodeScalars.dropFirst(mark + key.unicodeScalars.count).drop {
            " \t\r".unicodeScalars.contains($0)
        }
        return String(rest)
    }

    private static func isBlank(_ line: String) -> Bool {
        line.unicodeScalars.allSatisfy { " \t\r".unicodeScalars.contains($0) }
    }

    private static func isComment(_ line: String) -> Bool {
        line.unicodeScalars.first { !" \t".unicodeScalars.contains($0) } == "#"
    }

    private static func indentation(of line: String) -> Int { line.unicodeScalars.prefix { $0 == " " }.count }

    /// A value of an entry.
    public enum Value: Hashable, Sendable {
        case text(String)
        case list([String])
        case mapping([Member])

        /// A member of a mapping.
        public struct Member: Hashable, Sendable {
            let key: String, value: Value

            /// A member.
            public init(_ key: String, _ value: Value) { (self.key, self.value) = (key, value) }
        }

        /// On one line, with quotes where YAML wants them.
        var yaml: String {
            switch self {
            case .text(let text): ConfigurationText.yaml(text)
            case .list(let texts): "[\(texts.map(ConfigurationText.yaml).joined(separator: ", "))]"
            case .mapping(let members):
                "{\(members.map { "\(ConfigurationText.yaml($0.key)): \($0.value.yaml)" }.joined(separator: ", "))}"
            }
        }
    }

    /// A text as a value, in quotes where it must be.
    private static func yaml(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "/") } == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._/:@+-".contains($0)) }
            && text.last != ":"
        if isPlain { return text }
        var escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        // A line end within quotes would be read as a blank.
        for (character, escape) in [("\r\n", "\\r\\n"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")] {
            escaped = escaped.replacing(character, with: escape)
        }
        return "\"\(escaped)\""
    }
}
