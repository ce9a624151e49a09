import Journal
import Services

/// The calls that agents have made, as the journal tells them: which ran, which have ended, and how.
///
/// A value; whatever it returns is for the journal, before anybody hears of it.
struct ToolLedger {
    /// What a request for a call comes to.
    enum Claim: Hashable {
        /// It is new.
        case new
        /// It runs already; its end will be told.
        case running
        /// It has ended before.
        case ended(ToolOutcome)
        /// Another call has this id.
        case taken
    }

    private struct Record {
        var claim: ToolClaim
        var outcome: ToolOutcome?

        /// What it takes in the journal, nearly.
        var bytes: Int { 300 + claim.call.arguments.utf8.count + (outcome?.text.utf8.count ?? 0) }
    }

    /// By the number of their claims; what is forgotten is gone from both.
    private var records: [Int: Record] = [:]
    private var numbers: [ToolCallKey: Int] = [:]
    /// The numbers of each turn's claims: every turn asks for its own.
    private var turns: [TurnKey: [Int]] = [:]
    /// The oldest record, the oldest one whose outcome is kept whole, and the one to come.
    private var first = 0, firstWhole = 0, next = 0
    /// What all records take, and those before `firstWhole`.
    private var bytes = 0, shortBytes = 0

    /// What is remembered at most, in bytes of the journal. A turn ends within hours.
    static let bytesMax = 16 << 20
    /// What the calls take at most of which only the beginning of the outcome is kept: the calls of some days.
    static let shortBytesMax = bytesMax / 2
    /// The beginning that is kept of an old outcome, in bytes. What a tool that changes something says is shorter.
    static let shortOutcomeBytesMax = 512

    /// The ledger that a journal's entries add up to.
    init(entries: [ToolJournalEntry] = []) {
        for entry in entries { apply(entry) }
    }

    /// The calls that had begun when the process that ran them died: whether they were done nobody knows.
    func interrupted() -> [ToolJournalEntry] {
        (first..<next).compactMap { number in
            guard let record = records[number], record.outcome == nil else { return nil }
            let outcome = ToolOutcome(
                .unknown,
                "The toolbox died while this ran: whether it was done is not known. Look before you do it again.")
            return .ended(EndedToolCall(key: record.claim.key, outcome: outcome))
        }
    }

    /// Everything that is remembered, for a journal that begins anew.
    var entries: [ToolJournalEntry] {
        (first..<next).compactMap { records[$0] }.flatMap { record -> [ToolJournalEntry] in
            let end = record.outcome.map { ToolJournalEntry.ended(EndedToolCall(key: record.claim.key, outcome: $0)) }
            return [.claimed(record.claim)] + [end].compactMap { $0 }
        }
    }

    /// What a request comes to; it changes nothing, `apply` does.
    func claim(_ claim: ToolClaim) -> Claim {
        guard let record = numbers[claim.key].flatMap({ records[$0] }) else { return .new }
        guard record.claim.isSameCall(as: claim) else { return .taken }
        return record.outcome.map(Claim.ended) ?? .running
    }

    /// The calls of a turn, in the order of their claims.
    func calls(of turn: TurnKey) -> [MadeToolCall] {
        (turns[turn] ?? []).compactMap { records[$0] }
            .map { MadeToolCall($0.claim.call, outcome: $0.outcome) }
    }

    /// Takes a fact.
    mutating func apply(_ entry: ToolJournalEntry) {
        switch entry {
        case .claimed(let claim):
            // Only a journal that somebody edited has a claim twice; the caller was told of the first one.
            guard numbers[claim.key] == nil else { return }
            let record = Record(claim: claim)
            records[next] = record
            numbers[claim.key] = next
            turns[record.claim.turnKey, default: []].append(next)
            next += 1
            bytes += record.bytes
        case .ended(let end):
            guard let number = numbers[end.key], var record = records[number], record.outcome == nil else { return }
            bytes -= record.bytes
            record.outcome = end.outcome
            bytes += record.bytes
            records[number] = record
        }
        makeRoom()
    }

    /// Takes the newest claim back: the journal has refused it.
    mutating func takeBack(_ key: ToolCallKey) {
        guard let number = numbers[key], number == next - 1, let record = records[number] else { return }
        records[number] = nil
        numbers[key] = nil
        turns[record.claim.turnKey]?.removeLast()
        if turns[record.claim.turnKey]?.isEmpty == true { turns[record.claim.turnKey] = nil }
        bytes -= record.bytes
        next = number
    }

    /// Shortens the oldest outcomes first and forgets the oldest calls last: what some agents read at length must not
    /// push out what a turn under way has done. A call that still runs is never forgotten, nor what came after it.
    private mutating func makeRoom() {
        while bytes > Self.bytesMax {
            if shortBytes > Self.shortBytesMax, let record = records[first] {
                forget(record)
            } else if firstWhole < next - 1, let record = records[firstWhole], record.outcome != nil {
                shorten(record)
            } else {
                return
            }
        }
    }

    private mutating func shorten(_ record: Record) {
        var short = record
        short.outcome?.shorten(to: Self.shortOutcomeBytesMax)
        records[firstWhole] = short
        bytes += short.bytes - record.bytes
        shortBytes += short.bytes
        firstWhole += 1
    }

    private mutating func forget(_ record: Record) {
        records[first] = nil
        if numbers[record.claim.key] == first { numbers[record.claim.key] = nil }
        turns[record.claim.turnKey]?.removeFirst()  // the oldest claim of all is its turn's oldest, too
        if turns[record.claim.turnKey]?.isEmpty == true { turns[record.claim.turnKey] = nil }
        bytes -= record.bytes
        shortBytes -= record.bytes
        first += 1
    }
}
