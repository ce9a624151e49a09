import Services
import Yams

/// The keys and values of a record's frontmatter.
///
/// No value loses information: `true` and `false` are Booleans; a plain number is a number only if writing it again
/// gives the same text, so `7` and `0.5` are, and `010`, `1.10`, `1e3`, `12:30:45` and `2026-01-02` stay text, as do
/// `no`, `on` and `yes`. Ids, titles, versions and dates are always text.
///
/// See: YAML 1.1, whose readings of such scalars are all refused here
public struct Frontmatter: Hashable, Sendable {
    /// One key with its lines.
    struct Entry: Hashable, Sendable {
        var key: String
        var value: JSONValue
        /// The first line, from 0, in the frontmatter.
        var line: Int
    }

    /// In the order of the file.
    let entries: [Entry]
    /// Whether each key begins a line, so that keys can be changed line by line. A flow mapping (`{a: 1}`) does not.
    let isBlockMapping: Bool

    /// Every key and its value.
    public var fields: [String: JSONValue] {
        Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Frontmatter without keys.
    static let empty = Frontmatter(entries: [], isBlockMapping: true)

    private init(entries: [Entry], isBlockMapping: Bool) {
        self.entries = entries
        self.isBlockMapping = isBlockMapping
    }

    /// Reads the text between the two `---` lines.
    ///
    /// - Throws: The error, with its line.
    public init(yaml: String) throws(FrontmatterError) {
        try FrontmatterGuard.check(yaml)
        let root: Node?
        do { root = try Yams.compose(yaml: yaml, .basic, .default, .utf8) } catch {
            throw FrontmatterError(yams: error)
        }
        guard let root else {
            self = .empty
            return
        }
        if case .scalar(let scalar) = root, scalar.string.isEmpty {
            self = .empty
            return
        }
        guard case .mapping(let mapping) = root else {
            throw FrontmatterError(line: root.mark?.line, "is not a list of `key: value` lines")
        }
        var entries: [Entry] = [], isBlockMapping = true
        for (key, value) in mapping {
            guard case .scalar(let name) = key, let mark = name.mark else {
                throw FrontmatterError(line: key.mark?.line, "has a key that is not text")
            }
            // Yams does not distinguish the two styles, but the columns of the keys do.
            if mark.column != 1 { isBlockMapping = false }
            let kind = Self.kind(of: name.string)
            entries.append(Entry(key: name.string, value: try Self.value(value, kind, depth: 0), line: mark.line - 1))
        }
        self.init(entries: entries, isBlockMapping: isBlockMapping)
    }

    private enum Kind {
        case text, any
    }

    private static let textKeys: Set<String> = [
        "id", "title", "class", "tags", "links", "aliases", "created", "updated", "author", "version", "date",
        "provider", "model",
    ]

    /// Whether a key's scalars are always text.
    static func isText(_ key: String) -> Bool { textKeys.contains(key) }

    private static func kind(of key: String) -> Kind { isText(key) ? .text : .any }

    private static func value(_ node: Node, _ kind: Kind, depth: Int) throws(FrontmatterError) -> JSONValue {
        if depth > RecordLimits.nestingMax {
            throw FrontmatterError(line: node.mark?.line, "nests deeper than \(RecordLimits.nestingMax)")
        }
        // The guard has refused these; if one passes nevertheless, it is not followed here either.
        if node.anchor != nil { throw FrontmatterError(line: node.mark?.line, "holds an anchor (&)") }
        switch node {
        case .alias: throw FrontmatterError(line: node.mark?.line, "holds an alias (*)")
        case .scalar(let scalar): return Self.scalar(scalar, kind)
        case .sequence(let sequence):
            var items: [JSONValue] = []
            for item in sequence { items.append(try value(item, kind, depth: depth + 1)) }
            return .array(items)
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, member) in mapping {
                guard case .scalar(let name) = key else {
                    throw FrontmatterError(line: key.mark?.line, "has a key that is not text")
                }
                members[name.string] = try value(member, .any, depth: depth + 1)
            }
            return .object(members)
        }
    }

    private static func scalar(_ scalar: Node.Scalar, _ kind: Kind) -> JSONValue {
        let text = scalar.string
        guard scalar.style == .plain else { return .string(text) }
        if text.isEmpty || text == "~" || text == "null" { return .null }
        if kind == .text { return .string(text) }
        return plainValue(text) ?? .string(text)
    }

    /// The value that reading gives after this value was written under a key: text under the keys whose values are
    /// text, and the text of a number that has no plain form of its own.
    static func asRead(_ value: JSONValue, under key: String) -> JSONValue { asRead(value, kind(of: key)) }

    private static func asRead(_ value: JSONValue, _ kind: Kind) -> JSONValue {
        switch value {
        case .null, .string: value
        case .bool(let bool): kind == .text ? .string(bool ? "true" : "false") : value
        case .integer(let integer): kind == .text ? .string(String(integer)) : value
        case .number(let number): kind == .text || number == number.rounded() ? .string("\(number)") : value
        case .array(let items): .array(items.map { asRead($0, kind) })
        case .object(let members): .object(members.mapValues { asRead($0, .any) })
        }
    }

    /// The meaning of a plain scalar that is not text.
    static func plainValue(_ text: String) -> JSONValue? {
        switch text {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case _: break
        }
        if let integer = Int(text), String(integer) == text { return .integer(integer) }
        // A whole number with a fraction (`1.0`) would lose the fraction in JSON.
        if let number = Double(text), number.isFinite, number != number.rounded(), "\(number)" == text {
            return .number(number)
        }
        return nil
    }
}

extension FrontmatterError {
    /// The parser's error in one line.
    fileprivate init(yams error: any Error) {
        guard let error = error as? YamlError else {
            self.init(line: nil, "cannot be read as YAML: \(error)")
            return
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, "cannot be read as YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(line: context.mark.line, "has the same key twice: \(keys.sorted().joined(separator: ", "))")
        case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
            self.init(line: nil, "cannot be read as YAML: \(problem)")
        case .no, .memory, .dataCouldNotBeDecoded:
            self.init(line: nil, "cannot be read as YAML")
        }
    }
}
