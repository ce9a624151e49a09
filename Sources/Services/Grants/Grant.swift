/// A permission that an agent's record grants it, with what it is for.
///
/// ```
/// grant = PERMISSION                   records.search            internal: for all; external: for nothing
///       | PERMISSION ":" value         records.create:inbox/*    the first key of the permission's scope
///       | { PERMISSION: scope }        {fs.read: {in: /var/log, paths: ["*.log"]}}
/// scope = { KEY: value | [value, …], …, ask: true | false }
/// ```
///
/// All keys of a scope must take in what the permission is used on, but for `cmds` and `patterns`, of which one is
/// enough. Of the values of a key one is enough. Of the grants of a permission one is enough.
///
/// `ask` is no part of what is taken in: it says whether a person is asked first, whatever the record's `ask` says.
public struct Grant: Hashable, Sendable {
    /// What may be done.
    public let permission: Permission
    /// To what, by the keys of `Permission.scopeKeys`; no list is empty.
    public let scope: [ScopeKey: [String]]
    /// Whether a person is asked before each use; as the record and the configuration say when nil.
    public let asks: Bool?

    /// A grant.
    public init(_ permission: Permission, _ scope: [ScopeKey: [String]] = [:], asks: Bool? = nil) {
        self.permission = permission
        self.scope = scope
        self.asks = asks
    }

    /// Reads a grant in its short form.
    ///
    /// - Returns: Nil when the permission is none that is known, or the value is empty.
    public init?(_ text: String) {
        var found: [Grant] = []
        guard Self.read(.string(text), into: &found).isEmpty, let grant = found.first else { return nil }
        self = grant
    }

    /// Whether it is for nothing, because what is outside the node must be named.
    public var isInert: Bool { permission.isExternal && scope.isEmpty }

    /// The grant as a record says it: the short form where there is one.
    public var written: JSONValue {
        if let shortForm { return .string(shortForm) }
        var members: [String: JSONValue] = [:]
        for (key, values) in scope {
            members[key.rawValue] =
                values.count == 1 ? .string(values[0]) : JSONValue.array(values.map(JSONValue.string))
        }
        members[Self.askKey] = asks.map { .bool($0) }
        return .object([permission.rawValue: .object(members)])
    }

    /// `records.create:inbox/*`; nil where it says too little.
    private var shortForm: String? {
        if asks != nil { return nil }
        if scope.isEmpty { return permission.rawValue }
        guard scope.count == 1, let first = permission.scopeKeys.first, let values = scope[first], values.count == 1
        else { return nil }
        return "\(permission):\(values[0])"
    }
}

extension Grant {
    /// The key of a scope that says whether a person is asked.
    static let askKey = "ask"
}

extension Grant: CustomStringConvertible {
    /// `records.create:inbox/*`, or `fs.read {in: /var/log, paths: [*.log, *.txt]}`
    public var description: String {
        if let shortForm { return shortForm }
        let members = permission.scopeKeys.compactMap { key in
            scope[key].map { values in
                "\(key.rawValue): " + (values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]")
            }
        }
        let asking = asks.map { ["\(Self.askKey): \($0)"] } ?? []
        return "\(permission) {\((members + asking).joined(separator: ", "))}"
    }
}

/// The JSON text is `written`.
extension Grant: Codable {
    /// Reads a grant.
    ///
    /// - Throws: `DecodingError` for what is none.
    public init(from decoder: any Decoder) throws {
        var found: [Grant] = []
        let problems = Self.read(try JSONValue(from: decoder), into: &found)
        guard problems.isEmpty, found.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: problems.first ?? "is no grant"))
        }
        self = found[0]
    }

    /// Writes the grant.
    public func encode(to encoder: any Encoder) throws { try written.encode(to: encoder) }
}
