import Services

/// What an agent's record says under `capabilities`, to add to it and to take from it. What it says already stays as it
/// is written, also what nobody understands.
public struct CapabilityList: Hashable, Sendable {
    private var items: [JSONValue]

    /// The list of a record. What `access` is short for, and what a record that says nothing has, is written out:
    /// beside `capabilities` neither counts.
    ///
    /// - Parameter fields: The keys of the record.
    public init(fields: [String: JSONValue]) {
        switch fields["capabilities"] {
        case .array(let written)?: items = written
        case nil, .null?:
            let access = fields["access"]?.scalarText.flatMap { AgentAccess(rawValue: $0) }
            let hasSandbox = fields["sandbox"].map { $0 != .null } ?? false
            items = (access?.grants(hasSandbox: hasSandbox) ?? Authority.unsaid).map(\.written)
        case let written?: items = [written]
        }
    }

    /// The keys to write.
    public var fields: [String: JSONValue] { ["capabilities": .array(items), "access": .null] }

    /// Adds grants that it does not have.
    public mutating func add(_ grants: [Grant]) { items += grants.map(\.written).filter { !items.contains($0) } }

    /// Takes away a grant, or all grants of a permission when a grant without a scope is named.
    ///
    /// - Returns: What was taken away, as it was written.
    public mutating func remove(_ grant: Grant) -> [Grant] {
        var removed: [Grant] = []
        items = items.compactMap { item in
            var grants: [Grant] = []
            let problems = Grant.read(item, into: &grants)
            let isWanted = { (found: Grant) in
                found.permission == grant.permission
                    && (grant.scope.isEmpty || found.scope.mapValues(Set.init) == grant.scope.mapValues(Set.init))
                    && (grant.asks == nil || found.asks == grant.asks)
            }
            guard grants.contains(where: isWanted) else { return item }
            removed += grants.filter(isWanted)
            let left = grants.filter { !isWanted($0) }.map(\.written)
            // A map may hold several grants; of one that is not understood the rest stays as it is.
            guard case .object(let members) = item, members.count > 1 else { return nil }
            if problems.isEmpty, left.isEmpty { return nil }
            return .object(members.filter { name, _ in name != grant.permission.rawValue })
        }
        return removed
    }
}
