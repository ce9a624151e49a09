import Services

/// What calls have cost, and what those that run can cost at most: the one account by which caps are kept.
///
/// ```
/// reserve ──▶ the call runs ──▶ settle: it counts as what the vendor has counted
///                         └──▶ the gateway dies: it counts as the most that it can have cost
/// ```
///
/// A pure value: what changes it comes as entries, which are kept in a journal.
public struct SpendingLedger: Sendable {
    /// A call that runs.
    private struct Reservation {
        var key: SpendingKey
        var most: SpendingCount
    }

    /// A cap's reach.
    enum Scope: Hashable, Sendable {
        case agent(Principal, day: String)
        case room(RoomName, day: String)
        case day(String)
        case month(String)
    }

    /// What has been spent, each key's calls together.
    private(set) var sums: [SpendingKey: SpendingCount] = [:]
    private var totals: [Scope: SpendingCount] = [:]
    private var open: [Int: Reservation] = [:]
    /// The number of the next call.
    public private(set) var nextCall = 1
    /// How many entries were applied that are no sums: a journal with many of them is worth writing anew.
    public private(set) var entriesApplied = 0

    /// Nothing is spent.
    public init() {}

    /// Goes on with the numbers of calls where another ledger was.
    public mutating func count(from call: Int) { nextCall = max(nextCall, call) }

    /// Applies an entry; one of a call that is not known changes nothing.
    public mutating func apply(_ entry: SpendingEntry) {
        switch entry {
        case .reserved(let call, let key, let most):
            open[call] = Reservation(key: key, most: most)
            nextCall = max(nextCall, call < Int.max ? call + 1 : call)
            entriesApplied += 1
        case .settled(let call, let count):
            if let reservation = open.removeValue(forKey: call) { add(count, to: reservation.key) }
            entriesApplied += 1
        case .sum(let key, let count): add(count, to: key)
        }
    }

    private mutating func add(_ count: SpendingCount, to key: SpendingKey) {
        sums[key, default: SpendingCount()] = sums[key, default: SpendingCount()] + count
        for scope in Self.scopes(of: key) {
            totals[scope, default: SpendingCount()] = totals[scope, default: SpendingCount()] + count
        }
    }

    /// The ends of calls whose gateway has died: nobody knows what they have cost, so it is the most.
    public var abandoned: [SpendingEntry] {
        open.sorted { $0.key < $1.key }.map { call, reservation in
            var most = reservation.most
            most.estimated = most.calls
            return .settled(call: call, most)
        }
    }

    /// The ledger in as few entries as it takes, without what was before a day.
    public func condensed(since day: String) -> [SpendingEntry] {
        let sums = sums.filter { $0.key.day >= day }.sorted { Self.isOrdered($0.key, $1.key) }
        return sums.map { .sum($0.key, $0.value) }
            + open.sorted { $0.key < $1.key }.map { .reserved(call: $0.key, $0.value.key, $0.value.most) }
    }

    private static func isOrdered(_ first: SpendingKey, _ second: SpendingKey) -> Bool {
        (first.day, first.caller.rawValue, first.room?.rawValue ?? "", first.model)
            < (second.day, second.caller.rawValue, second.room?.rawValue ?? "", second.model)
    }

    private static func scopes(of key: SpendingKey) -> [Scope] {
        [.agent(key.caller, day: key.day), .day(key.day), .month(String(key.day.prefix(7)))]
            + (key.room.map { [.room($0, day: key.day)] } ?? [])
    }

    /// What is spent within a reach.
    func spent(in scope: Scope) -> SpendingCount { totals[scope] ?? SpendingCount() }

    /// What running calls can cost at most within a reach.
    func reserved(in scope: Scope) -> SpendingCount {
        open.values.reduce(SpendingCount()) {
            Self.scopes(of: $1.key).contains(scope) ? $0 + $1.most : $0
        }
    }

    /// The reaches of a day in which something is spent.
    func scopes(on day: String) -> [Scope] {
        totals.keys.filter {
            switch $0 {
            case .agent(_, let day1), .room(_, let day1), .day(let day1): day1 == day
            case .month(let month): day.hasPrefix(month)
            }
        }
    }
}
