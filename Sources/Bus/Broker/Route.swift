import Services

/// The receivers of the messages of one subject from one connection, computed once.
final class Route {
    /// How a message is handled.
    enum Purpose {
        /// It is delivered to the matching subscriptions.
        case subscribers
        /// The broker answers itself: `svc.broker.<operation>`.
        case broker(operation: String)
        /// It is passed on: `svc.eggheadd.<operation>`.
        case supervisor(operation: String)
    }

    private var subject: [UInt8] = []
    /// The state of the subscriptions for which it was computed.
    private var generation: UInt64 = 0
    private(set) var purpose = Purpose.subscribers
    /// Whether the subject has no wildcards, which only pedantic connections check.
    private(set) var isLiteral = false
    /// Subscriptions that each get every message.
    private(set) var direct: ContiguousArray<Unmanaged<BrokerSubscription>> = []
    /// Subscriptions of queue groups, the members of one group together.
    private(set) var groups: [[BrokerSubscription]] = []
    /// Whether consecutive messages may be delivered subscriber by subscriber: no receiver notices, because each
    /// subscription belongs to another connection.
    private(set) var allowsRuns = false
    /// Keeps the objects of `direct` alive. Counting references for each message of each subscriber would take longer
    /// than all other work: an atomic operation waits until the bytes written before it have left the processor.
    private var held: [BrokerSubscription] = []

    /// Computes it again, in the memory that it has.
    func fill(_ subject: RawBytes, from table: SubscriptionTable) {
        self.subject.removeAll(keepingCapacity: true)
        self.subject.append(contentsOf: subject)
        generation = table.generation
        purpose = .subscribers
        isLiteral = false
        direct.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        held.removeAll(keepingCapacity: true)
        allowsRuns = false
        guard SubjectSyntax.isWellFormed(subject) else { return }  // nobody can have subscribed to it
        isLiteral = !SubjectSyntax.hasWildcard(subject)
        purpose = Self.purpose(of: subject)
        var places: [[UInt8]: Int] = [:]
        table.forEachMatch(subject) { subscription in
            if let queue = subscription.queue {
                let place = places[queue] ?? groups.count
                places[queue] = place
                if place == groups.count { groups.append([]) }
                return groups[place].append(subscription)
            }
            held.append(subscription)
            direct.append(.passUnretained(subscription))
        }
        if case .subscribers = purpose, groups.isEmpty, isLiteral {
            allowsRuns = Set(held.map { ObjectIdentifier($0.connection) }).count == held.count
        }
    }

    /// The number of subscriptions that are examined for a message, as a measure of the work.
    var count: Int { direct.count + groups.reduce(0) { $0 + $1.count } }

    /// Whether it belongs to the subject, and is still valid.
    func isCurrent(for subject: RawBytes, in table: SubscriptionTable) -> Bool {
        generation == table.generation && self.subject.withUnsafeBytes { $0.isEqual(to: subject) }
    }

    private static func purpose(of subject: RawBytes) -> Purpose {
        var tokens = subject[...]
        guard let first = SubjectSyntax.nextToken(&tokens), first.elementsEqual("svc".utf8),
            let service = SubjectSyntax.nextToken(&tokens), let operation = SubjectSyntax.nextToken(&tokens)
        else { return .subscribers }
        return switch ServiceName(rawValue: String(decoding: service, as: UTF8.self)) {
        case .eggheadd: .supervisor(operation: String(decoding: operation, as: UTF8.self))
        case .broker: .broker(operation: String(decoding: operation, as: UTF8.self))
        case .coordinator, .index, .llm, .store, .toolbox, nil: .subscribers
        }
    }
}

/// The routes that a connection used last. The route of a subject that is used repeatedly is computed once; a subject
/// that is used a single time, such as an inbox, leaves no route behind.
struct RouteCache {
    private struct Slot {
        var hash: UInt64 = 0
        var route: Route?
    }

    private var slots: [Slot] = []
    /// The route that was used last.
    private var last: Route?
    private static let slotsCount = 16

    /// The route of a subject, if it is known and still valid; usable until the next look-up.
    mutating func route(for subject: RawBytes, in table: SubscriptionTable) -> Unmanaged<Route>? {
        if let last, last.isCurrent(for: subject, in: table) { return .passUnretained(last) }
        guard !slots.isEmpty else { return nil }
        let hash = Self.hash(subject), slot = slots[Self.index(hash)]
        guard slot.hash == hash, let route = slot.route, route.isCurrent(for: subject, in: table) else { return nil }
        last = route
        return .passUnretained(route)
    }

    /// Remembers that a subject is not in the cache.
    ///
    /// - Returns: The route to fill, if it is worth keeping, because the subject was missed before.
    mutating func missed(_ subject: RawBytes) -> Route? {
        let hash = Self.hash(subject)
        if slots.isEmpty { slots = [Slot](repeating: Slot(), count: Self.slotsCount) }
        let index = Self.index(hash)
        guard slots[index].hash == hash else {
            slots[index].hash = hash  // the route stays, for its memory
            return nil
        }
        let route = slots[index].route ?? Route()
        slots[index].route = route
        return route
    }

    private static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (slotsCount - 1) }

    /// A number for a subject. Subjects with the same number replace each other only in the cache of their own
    /// connection.
    private static func hash(_ bytes: RawBytes) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: bytes.count), offset = 0
        while offset + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 8
        }
        while offset < bytes.count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 1
        }
        return hash
    }
}
