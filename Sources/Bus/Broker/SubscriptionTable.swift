/// Something that wants the messages of a pattern.
final class BrokerSubscription {
    let connection: BrokerConnection
    let pattern: [UInt8]
    /// The queue group, if it is in one.
    let queue: [UInt8]?
    /// The connection's own name for it.
    let sid: [UInt8]
    /// How many messages it has had.
    var delivered = 0
    /// When it last got its queue group's message, on the router's own count; the member that waits longest is next.
    var servedAt: UInt64 = 0
    /// After how many messages it ends, if it does.
    var max: Int?

    init(connection: BrokerConnection, pattern: Bytes, queue: Bytes?, sid: Bytes) {
        self.connection = connection
        self.pattern = Array(pattern)
        self.queue = queue.map { Array($0) }
        self.sid = Array(sid)
    }
}

/// Who gets a message: all subscriptions, found by walking a tree of tokens.
///
/// The answer's order is the same every time: literal branches before `*`, `*` before `>`, older before newer.
struct SubscriptionTable {
    private final class Node {
        var literals: [Bytes: Node] = [:]
        var any: Node?
        /// Patterns that end with this token.
        var here: [BrokerSubscription] = []
        /// Patterns that end with `>` behind this token.
        var rest: [BrokerSubscription] = []

        var isEmpty: Bool { literals.isEmpty && any == nil && here.isEmpty && rest.isEmpty }
    }

    private let root = Node()
    /// How many subscriptions there are.
    private(set) var count = 0

    mutating func insert(_ subscription: BrokerSubscription) {
        var node = root, tokens = subscription.pattern[...]
        count += 1
        while let token = SubjectSyntax.nextToken(&tokens) {
            if SubjectSyntax.isToken(token, SubjectSyntax.anyRest) { return node.rest.append(subscription) }
            node = Self.child(of: node, token)
        }
        node.here.append(subscription)
    }

    private static func child(of node: Node, _ token: Bytes) -> Node {
        if SubjectSyntax.isToken(token, SubjectSyntax.anyToken) {
            let child = node.any ?? Node()
            node.any = child
            return child
        }
        if let child = node.literals[token] { return child }
        let child = Node()
        node.literals[Array(token)[...]] = child
        return child
    }

    mutating func remove(_ subscription: BrokerSubscription) {
        if Self.remove(subscription, subscription.pattern[...], from: root) { count -= 1 }
    }

    /// Takes it out below a node, and the nodes that it leaves empty.
    private static func remove(_ subscription: BrokerSubscription, _ tokens: Bytes, from node: Node) -> Bool {
        var rest = tokens
        guard let token = SubjectSyntax.nextToken(&rest) else { return remove(subscription, from: &node.here) }
        if SubjectSyntax.isToken(token, SubjectSyntax.anyRest) { return remove(subscription, from: &node.rest) }
        let isAny = SubjectSyntax.isToken(token, SubjectSyntax.anyToken)
        guard let child = isAny ? node.any : node.literals[token] else { return false }
        let isRemoved = remove(subscription, rest, from: child)
        if child.isEmpty {
            if isAny { node.any = nil } else { node.literals[token] = nil }
        }
        return isRemoved
    }

    private static func remove(_ subscription: BrokerSubscription, from list: inout [BrokerSubscription]) -> Bool {
        guard let index = list.firstIndex(where: { $0 === subscription }) else { return false }
        list.remove(at: index)
        return true
    }

    /// All subscriptions that a subject meets. Wildcards in the subject are ordinary tokens.
    func matches(_ subject: Bytes) -> [BrokerSubscription] {
        var found: [BrokerSubscription] = []
        Self.collect(subject, root, &found)
        return found
    }

    private static func collect(_ tokens: Bytes, _ node: Node, _ found: inout [BrokerSubscription]) {
        var rest = tokens
        guard let token = SubjectSyntax.nextToken(&rest) else {
            found += node.here
            return
        }
        if let child = node.literals[token] { collect(rest, child, &found) }
        if let child = node.any { collect(rest, child, &found) }
        found += node.rest
    }
}
