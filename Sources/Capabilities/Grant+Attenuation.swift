import Services

extension Grant {
    /// Whether everything that another grant takes in is taken in by this one, both as `Authority` has them. Some of
    /// which that is so are not found, none of which it is not is.
    public func contains(_ other: Grant) -> Bool {
        guard permission == other.permission else { return false }
        if other.isInert { return true }
        if isInert { return false }
        // A relative directory is one that only a record's sandbox completes.
        for grant in [self, other] where grant.scope[.root] != nil && grant.root == nil { return false }
        let isRootWithin = scope[.root] == nil ? !permission.isExternal || other.root == nil : isRootContaining(other)
        guard isRootWithin else { return false }
        let hasCommands = scope[.commands] != nil || scope[.patterns] != nil
        if hasCommands || permission == .execute, !containsCommands(of: other) { return false }
        return [ScopeKey.paths, .classes, .ids, .rooms, .hosts, .servers, .tools].allSatisfy { key in
            guard let own = scope[key] else { return true }
            guard let others = other.scope[key] else { return false }
            return others.allSatisfy { value in own.contains { key.contains($0, value, under: self, other) } }
        }
    }

    private func isRootContaining(_ other: Grant) -> Bool {
        guard let root else { return false }
        return other.root.map { root.contains($0) } ?? (permission == .execute)
    }

    private func containsCommands(of other: Grant) -> Bool {
        let others =
            (other.scope[.patterns] ?? []).map { CommandPattern($0) }
            + (other.scope[.commands] ?? []).map { CommandPattern(program: $0) }
        return others.allSatisfy { pattern in
            scope[.commands]?.contains { pattern.isOnly($0) } ?? false
                || scope[.patterns]?.contains { CommandPattern($0).contains(pattern) } ?? false
        }
    }
}

extension ScopeKey {
    /// Whether every value of a pattern of this key is one of another pattern.
    fileprivate func contains(_ own: String, _ other: String, under grant: Grant, _ otherGrant: Grant) -> Bool {
        switch self {
        case .hosts: HostPattern(own).contains(HostPattern(other))
        case .paths:
            // Names of files are seen from the directories of their grants.
            if let root = grant.root, let otherRoot = otherGrant.root, let between = root.relative(otherRoot) {
                TextPattern(own).contains(TextPattern(between.isEmpty ? other : "\(between)/\(other)"))
                    // A pattern that takes in no name at all takes in the directory itself.
                    && (!TextPattern(other).matches("") || TextPattern(own).matches(between))
            } else {
                TextPattern(own).contains(TextPattern(other))
            }
        case .classes, .ids, .rooms, .root, .commands, .patterns, .servers:
            TextPattern(own).contains(TextPattern(other))
        case .tools:
            if !other.contains("@") {
                !own.contains("@") && TextPattern(own).contains(TextPattern(other))
            } else {
                own.contains("@") && TextPattern(own).contains(TextPattern(other)) || own.takesIn(exactTool: other)
            }
        }
    }
}

extension [Grant] {
    /// Whether nothing that others take in exceeds these.
    public func contain(_ others: [Grant]) -> Bool {
        others.allSatisfy { other in other.isInert || contains { $0.contains(other) } }
    }
}

extension String {
    /// Whether a pattern of names takes in a tool as it was, `NAME@CHECKSUM`, which has that one name.
    fileprivate func takesIn(exactTool other: String) -> Bool {
        let parts = other.split(separator: "@", omittingEmptySubsequences: false)
        guard !contains("@"), parts.count == 2, !parts[0].contains("*") else { return false }
        return TextPattern(self).contains(TextPattern(parts[0]))
    }
}
