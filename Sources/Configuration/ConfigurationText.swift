/// The text of a `config.yml` whose providers are changed line by line, so that comments and everything else stay as
/// they are.
///
/// Only a list of providers in block style is changed: one line or more for each, below `providers:`. What comes out is
/// to be read again before it is written; see `NodeConfiguration`.
public struct ConfigurationText: Hashable, Sendable {
    /// The text.
    public private(set) var text: String

    /// The text of a file; an empty one for a file that there is not.
    public init(_ text: String) { self.text = text }

    /// Adds a provider behind the others.
    ///
    /// - Parameter fields: Its keys and their values, which are quoted where YAML wants it.
    /// - Returns: Whether there is a place for it: not in a mapping in braces.
    public mutating func add(provider name: String, _ fields: [(key: String, value: Value)]) -> Bool {
        var lines = lines
        let indentation = lines.firstIndex(where: Self.isProvidersLine).map { self.indentation(below: $0, lines) } ?? 2
        let blanks = String(repeating: " ", count: indentation)
        let entry =
            fields.isEmpty
            ? ["\(blanks)\(name): {}"]
            : ["\(blanks)\(name):"] + fields.map { "\(blanks)\(blanks)\($0.key): \($0.value.yaml)" }
        if let heading = lines.firstIndex(where: Self.isProvidersLine) {
            guard Self.isHeading(lines[heading]) else { return false }
            lines.insert(contentsOf: entry, at: end(of: heading, lines))
            if let brackets = lines[heading].firstRange(of: "{}") { lines[heading].removeSubrange(brackets) }
        } else {
            if lines.last?.isEmpty == false { lines.append("") }
            lines += ["providers:"] + entry
        }
        text = lines.joined(separator: "\n") + "\n"
        return true
    }

    /// Removes a provider with its keys; comments before it stay.
    ///
    /// - Returns: Whether it was found.
    public mutating func remove(provider name: String) -> Bool {
        var lines = lines
        guard let heading = lines.firstIndex(where: Self.isProvidersLine), Self.isHeading(lines[heading]) else {
            return false
        }
        let indentation = indentation(below: heading, lines)
        let block = (heading + 1)..<end(of: heading, lines)
        let quoted = ["\(name):", "\"\(name)\":", "'\(name)':"]
        guard
            let first = block.first(where: { place in
                Self.indentation(of: lines[place]) == indentation
                    && quoted.contains { lines[place].dropFirst(indentation).hasPrefix($0) }
            })
        else { return false }
        var last = first
        for place in block where place > first && !Self.isIgnored(lines[place]) {
            guard Self.indentation(of: lines[place]) > indentation else { break }
            last = place
        }
        lines.removeSubrange(first...last)
        text = lines.joined(separator: "\n") + "\n"
        return true
    }

    /// A value of a key.
    public enum Value: Hashable, Sendable {
        /// A text, quoted where it must be.
        case text(String)
        /// What is YAML already, such as `{env: NAME}`.
        case flow(String)

        fileprivate var yaml: String {
            switch self {
            case .flow(let yaml): return yaml
            case .text(let text):
                let isPlain =
                    text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "/") } == true
                    && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._/:@+-".contains($0)) }
                    && text.last != ":"
                if isPlain { return text }
                let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                return "\"\(escaped)\""
            }
        }
    }

    private var lines: [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The first line behind the entries below a heading, without the blank lines and comments that follow them.
    private func end(of heading: Int, _ lines: [String]) -> Int {
        var end = heading + 1
        for place in lines.indices where place > heading && !Self.isIgnored(lines[place]) {
            guard Self.indentation(of: lines[place]) > 0 else { break }
            end = place + 1
        }
        return end
    }

    /// How far the entries below a heading are indented.
    private func indentation(below heading: Int, _ lines: [String]) -> Int {
        let first = lines[(heading + 1)...].first { !Self.isIgnored($0) }.map(Self.indentation) ?? 0
        return first > 0 ? first : 2
    }

    private static func isProvidersLine(_ line: String) -> Bool { line.hasPrefix("providers:") }

    /// Whether a line of `providers:` has its entries below it.
    private static func isHeading(_ line: String) -> Bool {
        let rest = line.dropFirst("providers:".count).drop { $0 == " " || $0 == "\t" }
        return rest.isEmpty || rest.hasPrefix("#") || rest.hasPrefix("{}")
    }

    private static func isIgnored(_ line: String) -> Bool {
        let rest = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return rest.isEmpty || rest.hasPrefix("#")
    }

    private static func indentation(of line: String) -> Int { line.prefix { $0 == " " }.count }
}
