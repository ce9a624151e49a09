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
        /// It waits for a person, or for what follows from the answer.
        case held(HeldCall, ApprovalAnswer?)
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
        /// What a person was asked, when one was.
        var held: HeldCall?
        var answer: ApprovalAnswer?
        /// Whether it is about to run, runs, or has run.
        var isClaimed: Bool

        /// What it takes in the journal, nearly.
        var bytes: Int {
            let text = held.map { 300 + claim.call.arguments.utf8.count + $0.summary.utf8.count } ?? 0
            return 300 + claim.call.arguments.utf8.count + text + (outcome?.text.utf8.count ?? 0)
        }

        /// Whether a person is waited for, or what follows from the answer.
        var isHeld: Bool { held != nil && !isClaimed && outcome == nil }

        var entries: [ToolJournalEntry] {
            var entries: [ToolJournalEntry] = []
            if let held { entries.append(.held(held)) }
            if let answer { entries.append(.answered(answer)) }
            if isClaimed { entries.append(.claimed(claim)) }
            if let outcome { entries.append(.ended(EndedToolCall(key: claim.key, outcome: outcome))) }
            return entries
        }
    }

    /// By the number of their claims; what is forgotten is gone from both.
    private var records: [Int: Record] = [:]
    private var numbers: [ToolCallKey: Int] = [:]
    /// The numbers of each turn's claims: every turn asks for its own.
    private var turns: [TurnKey: [Int]] = [:]
    /// The oldest record, the oldest one whose outcome is kept whole, and the one to come.
    private var first = 0, firstWhole = 0, next = 0
    /// The highest number of a request.
    private var lastRequest = 0
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
            guard let record = records[number], record.outcome == nil, record.isClaimed else { return nil }
            let outcome = ToolOutcome(
                .unknown,
                "The toolbox died while this ran: whether it was done is not known. Look before you do it again.")
            return .ended(EndedToolCall(key: record.claim.key, outcome: outcome))
        }
    }

    /// Everything that is remembered, for a journal that begins anew.
    var entries: [ToolJournalEntry] {
        let calls = (first..<next).compactMap { records[$0] }.flatMap(\.entries)
        return (lastRequest > 0 ? [.counted(lastRequest)] : []) + calls
    }

    /// What a request comes to; it changes nothing, `apply` does.
    func claim(_ claim: ToolClaim) -> Claim {
        guard let record = numbers[claim.key].flatMap({ records[$0] }) else { return .new }
        guard record.claim.isSameCall(as: claim) else { return .taken }
        if let held = record.held, record.isHeld { return .held(held, record.answer) }
        return record.outcome.map(Claim.ended) ?? .running
    }

    /// The calls of a turn, in the order of their claims.
    func calls(of turn: TurnKey) -> [MadeToolCall] {
        (turns[turn] ?? []).compactMap { records[$0] }
            .map { MadeToolCall($0.claim.call, outcome: $0.outcome, request: $0.isHeld ? $0.held?.number : nil) }
    }

    /// The number of the next request.
    var nextRequest: Int { lastRequest + 1 }

    /// The calls that wait for a person, or for what follows from the answer, in the order of their numbers.
    var held: [(call: HeldCall, answer: ApprovalAnswer?)] {
        records.values.compactMap { record in
            record.isHeld ? record.held.map { ($0, record.answer) } : nil
        }.sorted { $0.call.number < $1.call.number }
    }

    /// The calls that have not ended.
    var unfinished: [ToolClaim] { records.values.filter { $0.outcome == nil }.map(\.claim) }

    /// Takes a fact.
    mutating func apply(_ entry: ToolJournalEntry) {
        switch entry {
        case .counted(let number): lastRequest = max(lastRequest, min(number, Self.requestMax))
        case .held(let call):
            add(Record(claim: call.claim, held: call, isClaimed: false))
            lastRequest = max(lastRequest, min(call.number, Self.requestMax))
        case .answered(let answer): change(answer.key) { if $0.isHeld { $0.answer = $0.answer ?? answer } }
        case .claimed(let claim):
            if numbers[claim.key] == nil { return add(Record(claim: claim, isClaimed: true)) }
            change(claim.key) { $0.isClaimed = true }
        case .ended(let end):
            change(end.key) { $0.outcome = $0.outcome ?? end.outcome }
        }
        makeRoom()
    }

    /// The highest number of a request that is read from a journal.
    private static let requestMax = 1 << 53

    /// Adds a call. Only a journal that somebody edited has one twice; the caller was told of the first one.
    private mutating func add(_ record: Record) {
        guard numbers[record.claim.key] == nil else { return }
        records[next] = record
        numbers[record.claim.key] = next
        turns[record.claim.turnKey, default: []].append(next)
        next += 1
        bytes += record.bytes
        makeRoom()
    }

    private mutating func change(_ key: ToolCallKey, _ body: (inout Record) -> Void) {
        guard let number = numbers[key], var record = records[number] else { return }
        bytes -= record.bytes
        body(&record)
        bytes += record.bytes
        records[number] = record
    }

    /// Takes a claim back that the journal has refused: that of a call that was held, which is held still, or the
    /// newest one.
    mutating func takeBack(_ key: ToolCallKey) {
        guard let number = numbers[key], let record = records[number] else { return }
        if record.held != nil { return change(key) { $0.isClaimed = false } }
        records[number] = nil
        numbers[key] = nil
        turns[record.claim.turnKey]?.removeAll { $0 == number }
        if turns[record.claim.turnKey]?.isEmpty == true { turns[record.claim.turnKey] = nil }
        bytes -= record.bytes
        if number == next - 1 { next = number }  // a held call may have been put behind it
    }

    /// Takes an answer back that the journal has refused.
    mutating func takeBackAnswer(_ key: ToolCallKey) { change(key) { $0.answer = nil } }

    /// The request of a number, and its answer, as long as it is remembered.
    func request(_ number: Int) -> (call: HeldCall, answer: ApprovalAnswer?)? {
        records.values.first { $0.held?.number == number }.flatMap { record in record.held.map { ($0, record.answer) } }
    }

    /// Shortens the oldest outcomes first and forgets the oldest calls last: what some agents read at length must not
    /// push out what a turn under way has done. A call that still runs is never forgotten, nor what came after it; one
    /// that waits for a person may do so for days, and is as if it were the newest.
    private mutating func makeRoom() {
        var heldLeft = bytes > Self.bytesMax ? held.count : 0
        while bytes > Self.bytesMax {
            while firstWhole < next, records[firstWhole] == nil { firstWhole += 1 }
            while first < firstWhole, records[first] == nil { first += 1 }
            if shortBytes > Self.shortBytesMax, let record = records[first] {
                forget(record)
            } else if heldLeft > 0, let record = records[firstWhole], record.isHeld {
                heldLeft -= 1
                putLast(record)
            } else if firstWhole < next - 1, let record = records[firstWhole], record.outcome != nil {
                shorten(record)
            } else {
                return
            }
        }
    }

    private mutating func putLast(_ record: Record) {
        records[firstWhole] = nil
        records[next] = record
        numbers[record.claim.key] = next
        turns[record.claim.turnKey] = turns[record.claim.turnKey]?.map { $0 == firstWhole ? next : $0 }
        firstWhole += 1
        next += 1
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
        turns[record.claim.turnKey]?.removeAll { $0 == first }
        if turns[record.claim.turnKey]?.isEmpty == true { turns[record.claim.turnKey] = nil }
        bytes -= record.bytes
        shortBytes -= record.bytes
        first += 1
    }
}
