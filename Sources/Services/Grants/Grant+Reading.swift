extension Grant {
    /// Reads an item of `capabilities`: a grant, or a map of grants.
    ///
    /// What is not known grants nothing, neither a permission nor one whose scope has a key that is not known: it may
    /// have been meant to be narrower.
    ///
    /// - Returns: What is wrong, in words such as `has the unknown record.read; did you mean records.read?`
    public static func read(_ item: JSONValue, into grants: inout [Grant]) -> [String] {
        if let text = item.scalarText {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let permission = Permission(rawValue: parts[0]) else { return [unknown(parts[0])] }
            guard parts.count == 2, let key = permission.scopeKeys.first else {
                grants.append(Grant(permission))
                return []
            }
            return read(permission, .object([key.rawValue: .string(parts[1])]), into: &grants)
        }
        guard case .object(let members) = item else { return ["has an item that is no capability"] }
        return members.sorted { $0.key < $1.key }.flatMap { name, scope -> [String] in
            guard let permission = Permission(rawValue: name) else { return [unknown(name)] }
            return read(permission, scope, into: &grants)
        }
    }

    private static func read(_ permission: Permission, _ scope: JSONValue, into grants: inout [Grant]) -> [String] {
        var members: [String: JSONValue]
        switch scope {
        case .null: members = [:]
        case .object(let object): members = object
        case _: return ["has a scope of \(permission) that is no map such as {\(example(permission)): …}"]
        }
        var values: [ScopeKey: [String]] = [:], problems: [String] = [], asks: Bool?
        if let ask = members.removeValue(forKey: askKey) {
            if case .bool(let value) = ask {
                asks = value
            } else {
                problems.append("has ask in the scope of \(permission) that is neither true nor false")
            }
        }
        if permission.scopeKeys.contains(.ids), let id = members.removeValue(forKey: "id") {
            if members["ids"] != nil { return ["has id and ids in the scope of \(permission); remove one of them"] }
            members["ids"] = id
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let key = permission.scopeKeys.first(where: { $0.rawValue == name }) else {
                let known = permission.scopeKeys.map(\.rawValue)
                let hint = NearestName.hint(for: name, among: known)
                problems.append(
                    "has the unknown key \(name.prefix(64)) in the scope of \(permission)"
                        + (hint.isEmpty ? "; known are \(known.joined(separator: ", "))" : hint))
                continue
            }
            let items: [JSONValue] = if case .array(let items) = value { items } else { [value] }
            let texts = items.compactMap(\.scalarText)
            if let objection = key.objection(to: texts, of: items.count) {
                problems.append("has \(name) in the scope of \(permission) \(objection)")
            } else {
                values[key] = texts
            }
        }
        if problems.isEmpty { grants.append(Grant(permission, values, asks: asks)) }
        return problems
    }

    private static func example(_ permission: Permission) -> String { permission.scopeKeys.first?.rawValue ?? "" }

    private static func unknown(_ name: String) -> String {
        let known = Permission.allCases.map(\.rawValue), hint = NearestName.hint(for: name, among: known)
        return "has the unknown \(name.prefix(64))"
            + (hint.isEmpty ? "; known are \(known.joined(separator: ", "))" : hint)
    }
}

extension ScopeKey {
    /// What is wrong with the values of a key, of which so many were written; nil when nothing is.
    fileprivate func objection(to values: [String], of count: Int) -> String? {
        if values.isEmpty || values.count != count || values.contains(where: \.isEmpty) {
            return "that is neither a text nor a list of texts"
        }
        if values.contains(where: { $0.utf8.contains { $0 < 0x20 || $0 == 0x7F } }) {
            return "with a control character"
        }
        guard self == .root else { return nil }
        return values.count == 1 ? nil : "that is not one directory; write a grant for each"
    }
}
