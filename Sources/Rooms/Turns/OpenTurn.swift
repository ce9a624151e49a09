import Services

/// A turn that has not ended, as far as the journal knows.
public struct OpenTurn: Hashable, Codable, Sendable {
    /// Unique for ever.
    public let id: TurnID
    /// The agent's record id.
    public let agent: AgentID
    /// The number of the event that the turn answers.
    public let cause: Int
    /// The newest attempt; 0 before the first.
    public var attempt = 0
    /// The incarnation that has, or last had, the turn.
    public var incarnation: Int?
    /// When the turn was given to that process, RFC 3339.
    public var leasedAt: String?
    /// Whether that process is known to have lost it.
    public var isLost = false
    /// Why a process lost the turn, for the newest loss.
    public var lastLoss: LostLease?
    /// How many processes died in it.
    public var deaths = 0

    /// What the process that gets the turn next must know of the attempt before.
    var note: String? {
        guard let loss = lastLoss else { return nil }
        let how = loss.detail.map { " (\($0))" } ?? ""
        return switch loss.reason {
        case .died:
            "The process that had this turn before you died in it\(how). It may have done some of the work: "
                + "check before you do anything twice."
        case .handedOff: "The process that had this turn before you handed off, because its context was full."
        case .stopped: "The process that had this turn before you was stopped\(how) before it could answer."
        case .unseen: "Egghead restarted in the middle of this turn. Some of the work may have been done."
        }
    }
}
