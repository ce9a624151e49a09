/// The name of a supervisor or a worker; unique in its tree, for example `agent:scout`.
package struct ChildID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name.
    package let name: String

    /// A child's identity.
    package init(_ name: String) { self.name = name }

    /// A child's identity, written as a literal.
    package init(stringLiteral name: String) { self.name = name }

    /// The name.
    package var description: String { name }
}

/// Which life of a child: counts its forks from 1, and a supervisor's starts.
///
/// A pid is used again by the kernel, an incarnation never is: news that names an old one is recognised and dropped.
package struct Incarnation: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The number; 0 before the first start.
    package let number: Int

    /// An incarnation.
    package init(_ number: Int) { self.number = number }

    /// An incarnation, written as a literal.
    package init(integerLiteral number: Int) { self.number = number }

    /// The number.
    package var description: String { String(number) }

    /// The life after this one.
    package var next: Incarnation { Incarnation(number + 1) }

    /// Earlier lives are less.
    package static func < (left: Incarnation, right: Incarnation) -> Bool { left.number < right.number }
}
