import Journal

/// What the journal says up to a position, without the events, which are in the rooms' histories: the beginning of a
/// start.
///
/// On the disk it is a line as a commit of the journal is one, so that it is whole or known not to be.
public struct LedgerSnapshot: Hashable, Codable, Sendable {
    /// The first position that is still to be read from the journal.
    public var position: JournalPosition
    /// How many events were missing in the journal before that.
    public var missing: Int
    /// What everything before adds up to; every room is settled.
    public var ledger: Ledger

    /// A snapshot; without a position, of a journal of which nothing was read.
    public init(position: JournalPosition = JournalPosition(), missing: Int = 0, ledger: Ledger) {
        self.position = position
        self.missing = missing
        self.ledger = ledger
    }

    /// Reads what `bytes` gives.
    ///
    /// - Returns: nil when the bytes are damaged or something else.
    public init?(_ bytes: [UInt8]) {
        let reading = Journal.read(bytes, as: LedgerSnapshot.self)
        guard let snapshot = reading.entries.first, reading.entries.count == 1, reading.unreadable.isEmpty,
            reading.tornTail == nil
        else { return nil }
        self = snapshot
    }

    /// The text.
    public var bytes: [UInt8] { Journal.line(of: [self]) }

    /// The audit of the commits that follow.
    public var audit: JournalAudit { JournalAudit(following: ledger, missing: missing) }
}
