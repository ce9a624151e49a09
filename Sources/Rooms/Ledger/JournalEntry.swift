import Services

/// One fact in the journal. The rooms are what these facts add up to (`Ledger.apply`), and nothing else is kept.
///
/// On the disk an entry is an object with one key, its kind: `{"event":{…}}`.
public enum JournalEntry: Hashable, Sendable {
    /// An event of a room. The first event makes the room.
    case event(RoomEvent)
    /// A message gave an agent a turn.
    case queued(QueuedTurn)
    /// A turn was given to a process.
    case attempt(TurnAttempt)
    /// A process has lost a turn that it had not ended.
    case lost(LostLease)
    /// The coordinator was told to stop while a process had a turn.
    case suspended(SuspendedTurn)
    /// A turn has ended.
    case ended(TurnEnd)
    /// A request was answered; its repetition gets the same answer.
    case answered(AnsweredRequest)
    /// A person has changed who is in a room, or lets it go on.
    case managed(ManagedRoom)
    /// The store is about to be given a room's transcript.
    case saving(StartedSave)
    /// A room was dropped.
    case dropped(DroppedRoom)
    /// A saved room is back.
    case joined(JoinedRoom)
    /// A room is for one agent alone.
    case direct(DirectRoom)
    /// The oldest events of a room are gone.
    case trimmed(TrimmedRoom)

    /// Whether the fact must be on the disk before anyone hears of its consequences.
    ///
    /// An attempt matters only as long as the process that has it, and a power cut ends that too: it is written at
    /// once, which outlives the death of the coordinator, but nobody waits for the disk.
    public var outlivesPowerCut: Bool {
        if case .attempt = self { return false }
        return true
    }
}

/// A turn that a message caused.
public struct QueuedTurn: Codable, Hashable, Sendable {
    /// `<room>.<n>`, unique for ever.
    public var turn: TurnID
    /// The room.
    public var room: RoomName
    /// The agent's record id.
    public var agent: AgentID
    /// The number of the event that the turn answers.
    public var cause: Int

    /// A turn that waits.
    public init(turn: TurnID, room: RoomName, agent: AgentID, cause: Int) {
        self.turn = turn
        self.room = room
        self.agent = agent
        self.cause = cause
    }
}

/// A lease: which process has a turn.
public struct TurnAttempt: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The turn.
    public var turn: TurnID
    /// Which attempt, from 1.
    public var attempt: Int
    /// The incarnation of the agent's process.
    public var incarnation: Int
    /// Since when the process has the turn, RFC 3339.
    public var at: String

    /// A lease.
    public init(room: RoomName, turn: TurnID, attempt: Int, incarnation: Int, at: String) {
        self.room = room
        self.turn = turn
        self.attempt = attempt
        self.incarnation = incarnation
        self.at = at
    }
}

/// A lease that its process did not end.
public struct LostLease: Codable, Hashable, Sendable {
    /// Why. `LossCount` says which of them count against the turn.
    public enum Reason: String, Codable, Sendable {
        /// The process died.
        case died
        /// It died after it had announced a hand-off.
        case diedHandingOff
        /// Its context was full, and it left as planned.
        case handedOff
        /// It was told to stop, by a person, for a changed record, or with the node.
        case stopped
        /// It was stopped because the gateway had died, on which it depends.
        case gatewayDied
        /// It went while the coordinator was away, which nobody had told to stop.
        case unseen
    }

    /// The room.
    public var room: RoomName
    /// The turn.
    public var turn: TurnID
    /// Why.
    public var reason: Reason
    /// How the process ended, in words, when it is known.
    public var detail: String?

    /// A loss.
    public init(room: RoomName, turn: TurnID, reason: Reason, detail: String? = nil) {
        self.room = room
        self.turn = turn
        self.reason = reason
        self.detail = detail
    }
}

/// A turn that a process had when the coordinator was told to stop: if the process is gone afterwards, it was stopped
/// as well.
public struct SuspendedTurn: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The turn.
    public var turn: TurnID

    /// A suspended turn.
    public init(room: RoomName, turn: TurnID) {
        self.room = room
        self.turn = turn
    }
}

/// How a turn ended.
public struct TurnEnd: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The turn.
    public var turn: TurnID
    /// How; never `died`, which ends no turn.
    public var outcome: TurnOutcome
    /// Tokens, when the agent told.
    public var usage: TokenUsage?

    /// An end.
    public init(room: RoomName, turn: TurnID, outcome: TurnOutcome, usage: TokenUsage? = nil) {
        self.room = room
        self.turn = turn
        self.outcome = outcome
        self.usage = usage
    }
}

/// A change of a room by a person.
public struct ManagedRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// What has changed.
    public var change: Coordinator.Manage.Change
    /// The agent's record id; nil for `continue`.
    public var agent: AgentID?

    /// A change.
    public init(room: RoomName, change: Coordinator.Manage.Change, agent: AgentID?) {
        self.room = room
        self.change = change
        self.agent = agent
    }
}

/// A request and its answer.
public struct AnsweredRequest: Codable, Hashable, Sendable {
    /// The room that it was about.
    public var room: RoomName
    /// Who asked.
    public var caller: Principal
    /// The id that the caller made.
    public var request: String
    /// The number of the message and the turns it caused, for a `post`; nil for all others.
    public var post: Coordinator.Post.Reply?
    /// The records, for a `save`; nil for all others.
    public var records: [RecordID]?

    /// An answered request.
    public init(
        room: RoomName, caller: Principal, request: String, post: Coordinator.Post.Reply?, records: [RecordID]? = nil
    ) {
        self.room = room
        self.caller = caller
        self.request = request
        self.post = post
        self.records = records
    }
}

extension JournalEntry: Codable {
    private enum Kind: String, CodingKey {
        case event, queued, attempt, lost, suspended, ended, answered, managed, saving, dropped, joined, direct, trimmed
    }

    /// Reads an object with one key.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "an entry has one key, its kind"))
        }
        switch kind {
        case .event: self = .event(try container.decode(RoomEvent.self, forKey: kind))
        case .queued: self = .queued(try container.decode(QueuedTurn.self, forKey: kind))
        case .attempt: self = .attempt(try container.decode(TurnAttempt.self, forKey: kind))
        case .lost: self = .lost(try container.decode(LostLease.self, forKey: kind))
        case .suspended: self = .suspended(try container.decode(SuspendedTurn.self, forKey: kind))
        case .ended: self = .ended(try container.decode(TurnEnd.self, forKey: kind))
        case .answered: self = .answered(try container.decode(AnsweredRequest.self, forKey: kind))
        case .managed: self = .managed(try container.decode(ManagedRoom.self, forKey: kind))
        case .saving: self = .saving(try container.decode(StartedSave.self, forKey: kind))
        case .dropped: self = .dropped(try container.decode(DroppedRoom.self, forKey: kind))
        case .joined: self = .joined(try container.decode(JoinedRoom.self, forKey: kind))
        case .direct: self = .direct(try container.decode(DirectRoom.self, forKey: kind))
        case .trimmed: self = .trimmed(try container.decode(TrimmedRoom.self, forKey: kind))
        }
    }

    /// Writes an object with one key.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .event(let value): try container.encode(value, forKey: .event)
        case .queued(let value): try container.encode(value, forKey: .queued)
        case .attempt(let value): try container.encode(value, forKey: .attempt)
        case .lost(let value): try container.encode(value, forKey: .lost)
        case .suspended(let value): try container.encode(value, forKey: .suspended)
        case .ended(let value): try container.encode(value, forKey: .ended)
        case .answered(let value): try container.encode(value, forKey: .answered)
        case .managed(let value): try container.encode(value, forKey: .managed)
        case .saving(let value): try container.encode(value, forKey: .saving)
        case .dropped(let value): try container.encode(value, forKey: .dropped)
        case .joined(let value): try container.encode(value, forKey: .joined)
        case .direct(let value): try container.encode(value, forKey: .direct)
        case .trimmed(let value): try container.encode(value, forKey: .trimmed)
        }
    }
}
