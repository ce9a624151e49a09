import Services
import Yams

/// Reads a YAML file key by key, and gathers everything that is wrong with it, each with its line.
///
/// Scalars are taken as they are written: YAML 1.1 would read `no` as false, `12:30` as 750 and `010` as 8.
final class YAMLReader {
    private let path: String
    private(set) var problems: [ConfigurationProblem] = []

    init(path: String) { self.path = path }

    /// The file's top level, nil when it is empty or not YAML.
    func document(_ text: String) -> YAMLNode? {
        do {
            // Some editors write a byte order mark.
            let mark = text.unicodeScalars.first == "\u{feff}" ? 1 : 0,
                text = String(text.unicodeScalars.dropFirst(mark))
            return try compose(yaml: text).map { YAMLNode(node: $0, key: "", reader: self) }
        } catch let error as YamlError {
            report(line: error.line, error.reason)
        } catch {
            report(line: nil, "is not YAML")
        }
        return nil
    }

    func report(line: Int?, _ message: String) {
        problems.append(ConfigurationProblem(path: path, line: line, message: message))
    }

    /// What is reported while something is read, which then does not count.
    func problems(reading read: () -> Void) -> [ConfigurationProblem] {
        let count = problems.count
        read()
        defer { problems.removeLast(problems.count - count) }
        return Array(problems[count...])
    }

    /// - Parameter others: What else is wrong, and would be borne alone.
    /// - Throws: Everything that was reported, and the others.
    func throwProblems(with others: [ConfigurationProblem] = []) throws(ConfigurationError) {
        guard !problems.isEmpty else { return }
        throw ConfigurationError((problems + others).sorted { ($0.line ?? 0, $0.message) < ($1.line ?? 0, $1.message) })
    }
}

/// A place in a YAML file. What is asked of it and not there, or of another type, is reported and comes back as nil.
struct YAMLNode {
    fileprivate let node: Node
    /// The keys that lead here, joined by dots; empty at the top.
    let key: String
    fileprivate let reader: YAMLReader

    /// The line, from 1.
    var line: Int? { node.mark?.line }

    /// Reports a problem of this place.
    func report(_ message: String) { reader.report(line: line, "\(key)\(key.isEmpty ? "" : ": ")\(message)") }

    /// The members of a mapping in the order of the file. Keys that are not in `known` and keys that stand twice are
    /// reported.
    ///
    /// - Parameter keepsEmpty: Whether a member without a value is one too: a mapping without members.
    func mapping(known: [String]?, keepsEmpty: Bool = false) -> YAMLMapping {
        if node.isNull { return YAMLMapping(members: []) }
        guard let mapping = node.mapping else {
            report("a mapping of keys and values is wanted")
            return YAMLMapping(members: [])
        }
        var members: [(name: String, value: YAMLNode)] = []
        for (keyNode, value) in mapping {
            let name = keyNode.scalar?.string ?? ""
            let place = YAMLNode(node: keyNode, key: join(name), reader: reader)
            if members.contains(where: { $0.name == name }) {
                place.report("occurs twice; remove one")
            } else if let known, !known.contains(name) {
                place.report("unknown key; known are \(known.joined(separator: ", "))")
            } else if keepsEmpty || !value.isNull {
                members.append((name, YAMLNode(node: value, key: join(name), reader: reader)))
            }
        }
        return YAMLMapping(members: members)
    }

    /// The member of a mapping, nil for what is no mapping; nothing is reported.
    func member(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.value }

    /// The members of a mapping that have values, none for what is no mapping; nothing is reported.
    var members: [(name: String, value: YAMLNode)] {
        (node.mapping.map(Array.init) ?? []).compactMap { keyNode, value in
            guard let name = keyNode.scalar?.string, !value.isNull else { return nil }
            return (name, YAMLNode(node: value, key: join(name), reader: reader))
        }
    }

    /// The key of a mapping that has one key and no value, such as `{env:NAME}`; nil for everything else.
    var loneKey: String? {
        guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first, value.isNull else {
            return nil
        }
        return key.scalar?.string
    }

    private func join(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

    /// The elements of a list.
    func list() -> [YAMLNode] {
        guard let sequence = node.sequence else {
            report("a list is wanted")
            return []
        }
        return sequence.enumerated().map { YAMLNode(node: $1, key: "\(key)[\($0)]", reader: reader) }
    }

    /// Whether it is a list.
    var isList: Bool { node.sequence != nil }

    /// The value with its scalars as texts, but for `true`, `false` and null.
    var json: JSONValue {
        if node.isNull { return .null }
        if let sequence = node.sequence {
            return .array(sequence.map { YAMLNode(node: $0, key: key, reader: reader).json })
        }
        if let mapping = node.mapping {
            let members = mapping.map { (key: $0.scalar?.string ?? "", value: $1) }
            return .object(
                Dictionary(
                    members.map { ($0.key, YAMLNode(node: $0.value, key: key, reader: reader).json) }
                ) { first, _ in first })
        }
        switch node.scalar?.string {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let text: return .string(text ?? "")
        }
    }

    /// The text of a scalar, nil for anything else; nothing is reported.
    var scalar: String? { node.scalar?.string }

    /// The text of a scalar, as written.
    func text() -> String? {
        if let scalar = node.scalar { return scalar.string }
        report("a string is wanted")
        return nil
    }

    /// A whole number within a range.
    func integer(in range: ClosedRange<Int>) -> Int? {
        guard let scalar = node.scalar, let value = Int(scalar.string), range.contains(value) else {
            report("a whole number from \(range.lowerBound) to \(range.upperBound) is wanted")
            return nil
        }
        return value
    }

    /// A number within a range.
    func number(in range: ClosedRange<Double>) -> Double? {
        guard let scalar = node.scalar, let value = Double(scalar.string), range.contains(value) else {
            report("a number from \(range.lowerBound) to \(range.upperBound) is wanted")
            return nil
        }
        return value
    }

    /// `true` or `false`.
    func bool() -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        case _:
            report("true or false is wanted")
            return nil
        }
    }

    /// A span such as `500ms`, `5s`, `10m` or `1h`.
    func duration() -> Duration? {
        if let text = node.scalar?.string, let duration = Duration(span: text) { return duration }
        report("a duration such as 500ms, 5s, 10m or 1h is wanted")
        return nil
    }

    /// One of several words.
    func choice<Value>(_ values: KeyValuePairs<String, Value>) -> Value? {
        if let text = node.scalar?.string, let value = values.first(where: { $0.key == text })?.value { return value }
        report("one of \(values.map(\.key).joined(separator: ", ")) is wanted")
        return nil
    }
}

/// The members of a YAML mapping, in the order of the file.
struct YAMLMapping {
    let members: [(name: String, value: YAMLNode)]

    subscript(name: String) -> YAMLNode? { members.first { $0.name == name }?.value }
}

extension Node {
    /// A key without a value is as good as no key, however that is written.
    ///
    /// See: YAML 1.2.2 §10.3.2
    fileprivate var isNull: Bool {
        scalar.map { ["", "~", "null", "Null", "NULL"].contains($0.string) && $0.style == .plain } ?? false
    }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(let keys, let context): Self.repetition(of: keys.first, context)
        case _: nil
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "is not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            "\(keys.first ?? ""): occurs twice, on line \(context.mark.line) for the first time; remove one"
        case _: "is not YAML: it cannot be read"
        }
    }

    /// The line on which a key occurs again: the parser names that of the first occurrence alone. In a block the same
    /// key begins in the same column; where it cannot be found, the line is that of the first.
    private static func repetition(of key: String?, _ context: Context) -> Int {
        let lines = context.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let first = context.mark.line
        let again = lines.indices.dropFirst(first).first { index in
            let rest = lines[index].dropFirst(context.mark.column - 1)
            let name = rest.prefix { $0 != ":" }.trimming { $0.isWhitespace || "\"'".contains($0) }
            return rest.contains(":") && rest.first?.isWhitespace == false && name == key ?? ""
        }
        return again.map { $0 + 1 } ?? first
    }
}

extension Substring {
    /// Without the characters at both ends that are to go.
    func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return self[...last].drop(while: isTrimmed)
    }
}

extension Duration {
    /// In milliseconds; what is less than one is left out.
    var wholeMilliseconds: Int { Int(components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000) }
}
