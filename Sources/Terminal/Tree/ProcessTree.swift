import Services

/// The process tree as rows: parents before their children, with the depth of each.
public struct ProcessTree: Sendable, Hashable {
    /// A child with its place in the tree.
    public struct Row: Sendable, Hashable {
        /// The number of ancestors; 0 for a root.
        public let depth: Int
        /// The child as eggheadd lists it.
        public let child: ChildStatus
    }

    /// The rows, each parent before its children, siblings in start order.
    public let rows: [Row]

    /// The tree of a list. A child whose parent is not in the list counts as a root.
    public init(_ children: [ChildStatus]) {
        let names = Set(children.map(\.name))
        var childrenOf: [String: [ChildStatus]] = [:], roots: [ChildStatus] = []
        for child in children {
            if let parent = child.parent, parent != child.name, names.contains(parent) {
                childrenOf[parent, default: []].append(child)
            } else {
                roots.append(child)
            }
        }
        var rows: [Row] = [], waiting = roots.reversed().map { Row(depth: 0, child: $0) }
        while let row = waiting.popLast() {
            rows.append(row)
            // The children are removed so that a list that names a parent twice is not traversed twice.
            let below = childrenOf.removeValue(forKey: row.child.name) ?? []
            waiting += below.reversed().map { Row(depth: row.depth + 1, child: $0) }
        }
        self.rows = rows
    }
}
