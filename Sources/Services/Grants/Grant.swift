/// A permission that an agent's record grants it, with what it is for.
///
/// ```
/// grant = PERMISSION                   records.search            internal: for all; external: for nothing
///       | PERMISSION ":" value         records.create:inbox/*    the first key of the permission's scope
///       | { PERMISSION: scope }        {fs.read: {in: /var/log, paths: ["*.log"]}}
/// scope = { KEY: value | [value, …], … }
/// ```
///
/// All keys of a scope must take in what the permission is used on, but for `cmds` and `patterns`, of which one is
/// enough. Of the values of a key one is enough. Of the grants of a permission one is enough.
public struct Grant: Hashable, Sendable {
    /// What may be done.
    public let permission: Permission
    /// To what, by the keys of `Permission.scopeKeys`; no list is empty.
    public let scope: [ScopeKey: [String]]

    /// A grant.
    public init(_ permission: Permission, _ scope: [ScopeKey: [String]] = [:]) {
        self.permission = permission
        self.scope = scope
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
        guard let first = permission.scopeKeys.first, !scope.isEmpty else { return .string(permission.rawValue) }
        if scope.count == 1, let values = scope[first], values.count == 1 {
            return .string("\(permission):\(values[0])")
        }
        let members = scope.map { key, values in
            (key.rawValue, values.count == 1 ? .string(values[0]) : JSONValue.array(values.map(JSONValue.string)))
        }
        return .object([permission.rawValue: .object(Dictionary(uniqueKeysWithValues: members))])
    }
}

extension Grant: CustomStringConvertible {
    /// `records.create:inbox/*`, or `fs.read {in: /var/log, paths: [*.log, *.txt]}`
    public var description: String {
        if let short = written.string { return short }
        let members = permission.scopeKeys.compactMap { key in
            scope[key].map { values in
                "\(key.rawValue): " + (values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]")
            }
        }
        return "\(permission) {\(members.joined(separator: ", "))}"
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
