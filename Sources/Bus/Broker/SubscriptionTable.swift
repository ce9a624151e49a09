/// A subscription to a pattern.
final class BrokerSubscription {
    let connection: BrokerConnection
    let pattern: [UInt8]
    /// The queue group, if it is in one.
    let queue: [UInt8]?
    /// The connection's own id for it, the sid.
    let sid: [UInt8]
    /// The number of messages that it has received.
    var delivered = 0
    /// When it last got its queue group's message, on the router's own count; the member that has waited longest is
    /// next.
    var servedAt: UInt64 = 0
    /// The number of messages after which it ends, if any.
    var max: Int?

    /// The estimated memory, in bytes, its nodes in the tree included.
    var memoryBytes: Int { 512 + pattern.count + pattern.count { $0 == SubjectSyntax.separator } * 320 }

    init(connection: BrokerConnection, pattern: RawBytes, queue: RawBytes?, sid: RawBytes) {
        self.connection = connection
        self.pattern = Array(pattern)
        self.queue = queue.map { Array($0) }
        self.sid = Array(sid)
    }
}

/// All subscriptions, found for a subject by walking a tree of tokens.
///
/// The order of the result is always the same: literal branches before `*`, `*` before `>`, older before newer.
struct SubscriptionTable {
    /// A token in memory of another owner, as a key.
    private struct Token: Hashable {
        let bytes: RawBytes

        static func == (left: Token, right: Token) -> Bool { left.bytes.isEqual(to: right.bytes) }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
    }

    private final class Node {
        /// The token that leads to this node, which is its key in the parent.
        let token: UnsafeMutableRawBufferPointer
        var literals: [Token: Node] = [:]
        var any: Node?
        /// Patterns that end with this token.
        var here: [BrokerSubscription] = []
        /// Patterns that end with `>` after this token.
        var rest: [BrokerSubscription] = []

        init(_ token: RawBytes) {
            self.token = .allocate(byteCount: token.count, alignment: 1)
            self.token.copyMemory(from: token)
        }

        deinit { token.deallocate() }

        var isEmpty: Bool { literals.isEmpty && any == nil && here.isEmpty && rest.isEmpty }
    }

    private let root = Node(RawBytes(start: nil, count: 0))
    /// The number of subscriptions.
    private(set) var count = 0
    /// Changes with every change of the subscriptions.
    private(set) var generation: UInt64 = 1

    mutating func insert(_ subscription: BrokerSubscription) {
        count += 1
        generation += 1
        subscription.pattern.withUnsafeBytes { pattern in
            var node = root, tokens = pattern[...]
            while let token = SubjectSyntax.nextToken(&tokens) {
                if SubjectSyntax.isToken(token, SubjectSyntax.anyRest) { return node.rest.append(subscription) }
                node = Self.child(of: node, token)
            }
            node.here.append(subscription)
        }
    }

    private static func child(of node: Node, _ slice: Slice<RawBytes>) -> Node {
        let token = RawBytes(rebasing: slice)
        if SubjectSyntax.isToken(token, SubjectSyntax.anyToken) {
            let child = node.any ?? Node(token)
            node.any = child
            return child
        }
        if let child = node.literals[Token(bytes: token)] { return child }
        let child = Node(token)
        node.literals[Token(bytes: RawBytes(child.token))] = child
        return child
    }

    mutating func remove(_ subscription: BrokerSubscription) {
        let isRemoved = subscription.pattern.withUnsafeBytes { Self.remove(subscription, $0[...], from: root) }
        guard isRemoved else { return }
        count -= 1
        generation += 1
    }

    /// Removes it below a node, and the nodes that become empty.
    private static func remove(_ subscription: BrokerSubscription, _ tokens: Slice<RawBytes>, from node: Node) -> Bool {
        var rest = tokens
        guard let token = SubjectSyntax.nextToken(&rest).map({ RawBytes(rebasing: $0) }) else {
            return remove(subscription, from: &node.here)
        }
        if SubjectSyntax.isToken(token, SubjectSyntax.anyRest) { return remove(subscription, from: &node.rest) }
        let isAny = SubjectSyntax.isToken(token, SubjectSyntax.anyToken)
        guard let child = isAny ? node.any : node.literals[Token(bytes: token)] else { return false }
        let isRemoved = remove(subscription, rest, from: child)
        if child.isEmpty {
            if isAny { node.any = nil } else { node.literals[Token(bytes: token)] = nil }
        }
        return isRemoved
    }

    private static func remove(_ subscription: BrokerSubscription, from list: inout [BrokerSubscription]) -> Bool {
        guard let index = list.firstIndex(where: { $0 === subscription }) else { return false }
        list.remove(at: index)
        return true
    }

    /// Visits all subscriptions that match a subject. Wildcards in the subject are ordinary tokens.
    func forEachMatch(_ subject: RawBytes, _ body: (BrokerSubscription) -> Void) {
        Self.visit(subject[...], root, body)
    }

    private static func visit(_ tokens: Slice<RawBytes>, _ node: Node, _ body: (BrokerSubscription) -> Void) {
        var rest = tokens
        guard let token = SubjectSyntax.nextToken(&rest).map({ RawBytes(rebasing: $0) }) else {
            return node.here.forEach(body)
        }
        if let child = node.literals[Token(bytes: token)] { visit(rest, child, body) }
        if let child = node.any { visit(rest, child, body) }
        node.rest.forEach(body)
    }
}
