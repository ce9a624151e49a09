import Services

/// A turn that has not ended, as far as the journal knows.
public struct OpenTurn: Hashable, Sendable {
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
    /// Whether the coordinator was told to stop while that process had it.
    public var isSuspended = false
    /// Why a process lost the turn, for the newest loss.
    public var lastLoss: LostLease?
    /// The losses that count against it.
    public var losses = LossCount()

    /// A turn that nobody has had.
    ///
    /// - Parameter cause: The number of the event that it answers.
    public init(id: TurnID, agent: AgentID, cause: Int) {
        self.id = id
        self.agent = agent
        self.cause = cause
    }

    /// The process that had the turn has lost it.
    mutating func lose(_ loss: LostLease) {
        isLost = true
        lastLoss = loss
        losses.add(loss.reason)
    }

    /// What the process that gets the turn next must know of the attempt before.
    var note: String? {
        guard let loss = lastLoss else { return nil }
        let how = loss.detail.map { " (\($0))" } ?? ""
        return switch loss.reason {
        case .died:
            "The process that had this turn before you died in it\(how). It may have done some of the work: "
                + "check before you do anything twice."
        case .handedOff, .diedHandingOff:
            "The process that had this turn before you handed off, because its context was full."
        case .stopped: "The process that had this turn before you was stopped\(how) before it could answer."
        case .gatewayDied:
            "The process that had this turn before you was stopped before it could answer, because Egghead's gateway "
                + "to the model died\(how). Some of the work may have been done."
        case .unseen: "Egghead restarted in the middle of this turn. Some of the work may have been done."
        }
    }

    /// Why no process gets the turn again, if so, and what to do; it follows the agent's name and a colon.
    var exhaustion: String? {
        guard let loss = lastLoss, losses.isExhausted else { return nil }
        let how = loss.detail.map { " (\($0))" } ?? ""
        if losses.deaths >= RoomsLimits.deathsPerTurnMax {
            return "its process died twice in this turn\(how). See: egghead logs agent:\(agent)"
        }
        let (why, child) =
            switch loss.reason {
            case .died, .diedHandingOff: ("its process died\(how)", agent.child)
            case .gatewayDied: ("the gateway died\(how)", ServiceName.llm.rawValue)
            case .handedOff, .stopped, .unseen: ("Egghead restarted", ServiceName.coordinator.rawValue)
            }
        return "this turn was interrupted \(losses.count) times, the last time because \(why). "
            + "See: egghead logs \(child); then send the message again"
    }
}

extension OpenTurn: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, agent, cause, attempt, incarnation, leasedAt, isLost, isSuspended, lastLoss, losses, deaths
    }

    /// Reads what was written; a snapshot of a version that counted deaths alone has only those.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(TurnID.self, forKey: .id)
        agent = try container.decode(AgentID.self, forKey: .agent)
        cause = try container.decode(Int.self, forKey: .cause)
        attempt = try container.decode(Int.self, forKey: .attempt)
        incarnation = try container.decodeIfPresent(Int.self, forKey: .incarnation)
        leasedAt = try container.decodeIfPresent(String.self, forKey: .leasedAt)
        isLost = try container.decode(Bool.self, forKey: .isLost)
        isSuspended = try container.decodeIfPresent(Bool.self, forKey: .isSuspended) ?? false
        lastLoss = try container.decodeIfPresent(LostLease.self, forKey: .lastLoss)
        let deaths = try container.decode(Int.self, forKey: .deaths)
        losses = LossCount(deaths: deaths, count: try container.decodeIfPresent(Int.self, forKey: .losses) ?? deaths)
    }

    /// Writes everything; the numbers of losses as numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(agent, forKey: .agent)
        try container.encode(cause, forKey: .cause)
        try container.encode(attempt, forKey: .attempt)
        try container.encodeIfPresent(incarnation, forKey: .incarnation)
        try container.encodeIfPresent(leasedAt, forKey: .leasedAt)
        try container.encode(isLost, forKey: .isLost)
        try container.encode(isSuspended, forKey: .isSuspended)
        try container.encodeIfPresent(lastLoss, forKey: .lastLoss)
        try container.encode(losses.count, forKey: .losses)
        try container.encode(losses.deaths, forKey: .deaths)
    }
}
