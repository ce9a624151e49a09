/// The name of a supervisor or a worker; unique in its tree, for example `agent:scout`.
package struct ChildID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name.
    package let name: String

    /// The identity of the child with this name.
    package init(_ name: String) { self.name = name }

    /// The identity of the child with this name, written as a literal.
    package init(stringLiteral name: String) { self.name = name }

    /// The name.
    package var description: String { name }

    /// Whether the names are the same bytes, as names of agents are names of files.
    package static func == (first: ChildID, second: ChildID) -> Bool { first.name.hasSameBytes(as: second.name) }

    /// Hashes the bytes of the name.
    package func hash(into hasher: inout Hasher) { name.hashBytes(into: &hasher) }
}

/// Numbers the incarnations of a child: a worker's forks from 1, or a supervisor's starts.
///
/// The kernel reuses a pid, the tree never an incarnation: an event of an old incarnation is recognized and dropped.
package struct Incarnation: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The number; 0 before the first start.
    package let number: Int

    /// The incarnation with this number, 0 or more.
    package init(_ number: Int) { self.number = number }

    /// The incarnation with this number, written as a literal.
    package init(integerLiteral number: Int) { self.number = number }

    /// The number in decimal.
    package var description: String { String(number) }

    /// The incarnation after this one.
    package var next: Incarnation { Incarnation(number + 1) }

    /// Earlier incarnations are less.
    package static func < (left: Incarnation, right: Incarnation) -> Bool { left.number < right.number }
}
