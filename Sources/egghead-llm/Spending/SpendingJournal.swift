import Journal
import LinuxSystem
import Models
import Runtime
import Services

/// The ledger of spending and its journal.
///
/// What a turn of the loop has come to is written at its end, in one commit; what counts for a cap is written before
/// its call begins. What the disk refuses is kept and tried again.
final class SpendingJournal {
    /// What was spent.
    private(set) var ledger = SpendingLedger()
    /// What the disk answered last, if it refused.
    private(set) var refusal: SystemCallError?

    private let journal: JournalFile<SpendingEntry>
    private let loop: EventLoop
    private let log: Log
    private var unwritten: [SpendingEntry] = []
    private var isRetryDue = true

    /// How many days are remembered.
    private static let daysKept: Int64 = 400
    /// How many entries of calls the journal may have until it is written anew.
    private static let entriesMax = 20_000
    /// How long to wait before the disk is tried again.
    private static let retryPause = Duration.seconds(1)

    /// What the journal of a directory says. Calls that ran when the process before this one ended count as the most
    /// that they can have cost.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another gateway has the journal.
    init(directory: String, loop: EventLoop, log: Log) throws {
        self.loop = loop
        self.log = log
        var ledger = SpendingLedger()
        journal = try JournalFile(directory: directory, log: log) { ledger.apply($0) }
        self.ledger = ledger
        let abandoned = ledger.abandoned
        for entry in abandoned { record(entry) }
        if !abandoned.isEmpty {
            log.warning(
                "spending.unknown",
                ["calls": "\(abandoned.count)", "next": "they count as the most that they can have cost"])
        }
        flush()
    }

    /// Today, UTC.
    var today: SpendingDay { SpendingDay(seconds: Self.seconds) }

    private static var seconds: Int64 { Clock.nanosecondsSince1970() / 1_000_000_000 }

    /// Counts a change, which is on the disk at the end of the turn.
    func record(_ entry: SpendingEntry) {
        ledger.apply(entry)
        unwritten.append(entry)
    }

    /// Writes what was recorded.
    func flush() {
        guard !unwritten.isEmpty, isRetryDue else { return }
        do throws(SystemCallError) {
            if ledger.entriesApplied > Self.entriesMax {
                try condense()
            } else {
                try journal.append(Journal.line(of: unwritten), waits: true)
            }
            unwritten = []
            guard refusal != nil else { return }
            refusal = nil
            log.notice("spending.written")
        } catch {
            if refusal == nil {
                log.error("spending.not_written", ["error": "\(error)", "next": "again every second"])
            }
            refusal = error
            isRetryDue = false
            loop.schedule(after: Self.retryPause) { [weak self] in
                self?.isRetryDue = true
                self?.flush()
            }
        }
    }

    /// Writes the journal anew, in as few entries as it takes.
    private func condense() throws(SystemCallError) {
        let entries = ledger.condensed(since: SpendingDay.name(daysBefore: Self.daysKept, seconds: Self.seconds))
        // A line each, so that a damaged one costs no other.
        try journal.replace(with: entries.flatMap { Journal.line(of: [$0]) })
        var ledger = SpendingLedger()
        entries.forEach { ledger.apply($0) }
        ledger.count(from: self.ledger.nextCall)
        self.ledger = ledger
    }
}
