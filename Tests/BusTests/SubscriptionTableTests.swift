import Services
import Testing

@testable import Bus

@Suite struct SubscriptionTableTests {
    /// All patterns of up to three tokens over a small alphabet.
    private static let patterns: [String] = {
        var patterns = ["a", "b", "*", ">"]
        var open = ["a", "b", "*"]
        for _ in 2...3 {
            open = open.flatMap { head in ["a", "b", "*"].map { "\(head).\($0)" } }
            patterns += open + open.compactMap { $0.hasSuffix("*") ? $0.dropLast() + ">" : nil }
        }
        return patterns
    }()

    private static let subjects: [String] = {
        let one = ["a", "b", "c", "*"], two = one.flatMap { head in one.map { "\(head).\($0)" } }
        return one + two + two.flatMap { head in one.map { "\(head).\($0)" } }
    }()

    @Test func `the tree finds what comparing with every pattern finds, also after removals`() {
        let connection = BrokerConnection(
            id: 1, name: .user("ann"), child: nil, pid: 1, serverID: "S", pool: BufferPool(keptBytesMax: 0))
        var table = SubscriptionTable()
        var present = Self.patterns.map {
            BrokerSubscription.make(connection, $0)
        }
        for subscription in present { table.insert(subscription) }
        for round in 0..<4 {
            #expect(table.count == present.count)
            for subject in Self.subjects {
                let found = table.matches(subject).map { String(decoding: $0.pattern, as: UTF8.self) }
                // A wildcard in a published subject is an ordinary token, so that `*` there meets `*` here, not `a`.
                let expected = present.filter { SubjectSyntax.covers($0.pattern, Array(subject.utf8)) }
                #expect(found.sorted() == expected.map { String(decoding: $0.pattern, as: UTF8.self) }.sorted())
            }
            let leaving = present.enumerated().filter { $0.offset % 3 == round % 3 }.map(\.element)
            for subscription in leaving { table.remove(subscription) }
            present.removeAll { subscription in leaving.contains { $0 === subscription } }
        }
        for subscription in present { table.remove(subscription) }
        #expect(table.count == 0)
        #expect(Self.subjects.allSatisfy { table.matches($0).isEmpty })
    }
}

extension BrokerSubscription {
    static func make(_ connection: BrokerConnection, _ pattern: String) -> BrokerSubscription {
        Array(pattern.utf8).withUnsafeBytes {
            BrokerSubscription(connection: connection, pattern: $0, queue: nil, sid: $0)
        }
    }
}

extension SubscriptionTable {
    func matches(_ subject: String) -> [BrokerSubscription] {
        var found: [BrokerSubscription] = []
        Array(subject.utf8).withUnsafeBytes { forEachMatch($0) { found.append($0) } }
        return found
    }
}
