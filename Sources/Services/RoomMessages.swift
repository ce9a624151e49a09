// What rooms and agents say to each other without being asked: events, deltas, turns.

/// One numbered event of a room; `room.<room>.event` carries it, `egghead watch --json` prints it.
public struct RoomEvent: Codable, Sendable, Hashable {
    /// What an event is.
    public enum Kind: String, Codable, Sendable {
        /// Somebody said something.
        case message
        /// The system says something that a person should read.
        case notice
        /// Somebody did something worth a line, such as passing.
        case action
    }

    /// From 1 in each room, without gaps.
    public var number: Int
    /// When, RFC 3339.
    public var at: String
    /// The room.
    public var room: RoomName
    /// What it is.
    public var type: Kind
    /// Whose it is: a name on the bus, such as `user:ann`, `agent:scout`, `coordinator`.
    public var from: Principal
    /// The words.
    public var text: String
    /// The turn that it ends or speaks of, if any.
    public var turn: TurnID?
    /// What became of `turn`; nil when the event neither ends nor interrupts it, and in events that were written before
    /// there was this key. The JSON has no key then.
    public var outcome: TurnOutcome?

    /// An event.
    ///
    /// - Parameter outcome: Only with a turn.
    public init(
        number: Int, at: String, room: RoomName, type: Kind, from: Principal, text: String, turn: TurnID? = nil,
        outcome: TurnOutcome? = nil
    ) {
        self.number = number
        self.at = at
        self.room = room
        self.type = type
        self.from = from
        self.text = text
        self.turn = turn
        self.outcome = outcome
    }
}

extension RoomEvent {
    /// Whether it tells something of a turn that goes on in the same process, such as how far a call is.
    public var isOfOpenTurn: Bool { turn != nil && type != .message && outcome == nil }
}

/// `room.<room>.delta.<name>`: words of an answer that is being written.
public struct RoomDelta: Codable, Sendable, Hashable {
    /// The turn.
    public var turn: TurnID
    /// The attempt; a higher one starts over.
    public var attempt: Int
    /// How many bytes of UTF-8 came before these words in this attempt.
    public var offset: Int
    /// The words.
    public var text: String

    /// A delta.
    public init(turn: TurnID, attempt: Int, offset: Int, text: String) {
        self.turn = turn
        self.attempt = attempt
        self.offset = offset
        self.text = text
    }
}

/// `room.<room>.head`: the number of a room's newest event, published after the coordinator has reconnected, so that a
/// subscriber notices what it missed also when nothing follows; and with 0 when the room was dropped.
public struct RoomHead: Codable, Sendable, Hashable {
    /// The room.
    public var room: RoomName
    /// Its newest event's number.
    public var head: Int

    /// A head.
    public init(room: RoomName, head: Int) {
        self.room = room
        self.head = head
    }
}

/// A room at a glance.
public struct RoomStatus: Codable, Sendable, Hashable {
    /// The room.
    public var room: RoomName
    /// The number of its newest event.
    public var head: Int
    /// How many agent messages may still follow before a person must speak.
    public var budgetLeft: Int
    /// The agents in it.
    public var roster: [RosterEntry]

    /// A status.
    public init(room: RoomName, head: Int, budgetLeft: Int, roster: [RosterEntry]) {
        self.room = room
        self.head = head
        self.budgetLeft = budgetLeft
        self.roster = roster
    }
}

/// An agent in a room.
public struct RosterEntry: Codable, Sendable, Hashable {
    /// What an agent is doing in the room.
    public enum Activity: String, Codable, Sendable {
        /// Up, nothing to do here.
        case idle
        /// It has the turn.
        case thinking
        /// A turn waits for it.
        case waiting
        /// It writes its deliberation, or its successor is starting.
        case handingOff
        /// No process of it is up.
        case down
    }

    /// The record's id.
    public var agent: AgentID
    /// What people see.
    public var title: String
    /// What it is doing.
    public var activity: Activity
    /// The turn that it has here, or the first one that waits for it.
    public var turn: TurnID?
    /// Whether open messages pass it by in this room.
    public var muted: Bool

    /// An entry.
    public init(agent: AgentID, title: String, activity: Activity, turn: TurnID? = nil, muted: Bool = false) {
        self.agent = agent
        self.title = title
        self.activity = activity
        self.turn = turn
        self.muted = muted
    }
}

/// `agent.<id>.turn`, a request from the coordinator: speak. Accepted or refused within 2 s, or it comes again.
public struct TurnRequest: Codable, Sendable, Hashable {
    /// The turn's id; the same turn never runs twice in one process.
    public var turn: TurnID
    /// The attempt, from 1.
    public var attempt: Int
    /// The room.
    public var room: RoomName
    /// The event that the turn answers.
    public var number: Int
    /// Who spoke there.
    public var from: Principal
    /// What was said, without the mention of this agent.
    public var text: String
    /// How many answers agents have given in this room before.
    public var answersBefore: Int
    /// The agent as its record defines it now.
    public var agent: AgentDefinition
    /// What a successor must know of the attempt before, if there was one.
    public var note: String?
    /// Whether having nothing to say is an answer; it is none when everyone was asked.
    public var mayPass: Bool
    /// Whether the agent answers without what was said after the message.
    public var isBlind: Bool

    /// A turn.
    public init(
        turn: TurnID, attempt: Int, room: RoomName, number: Int, from: Principal, text: String, answersBefore: Int,
        agent: AgentDefinition, note: String? = nil, mayPass: Bool = true, isBlind: Bool = false
    ) {
        self.turn = turn
        self.attempt = attempt
        self.room = room
        self.number = number
        self.from = from
        self.text = text
        self.answersBefore = answersBefore
        self.agent = agent
        self.note = note
        self.mayPass = mayPass
        self.isBlind = isBlind
    }
}

/// An agent's answer to a `TurnRequest`.
public struct TurnReply: Codable, Sendable, Hashable {
    /// Whether this process takes the turn (or has it already).
    public var accepted: Bool

    /// A reply.
    public init(accepted: Bool) { self.accepted = accepted }
}

/// `agent.<id>.leave`: the agent was sent away from a room: it drops its turn there, and what it knows of the room.
public struct RoomLeave: Codable, Sendable, Hashable {
    /// The room.
    public var room: RoomName

    /// An order to leave.
    public init(room: RoomName) { self.room = room }
}

/// `agent.<id>.cancel`: a turn was cancelled: the agent drops it, and keeps what it knows of the room.
public struct TurnCancellation: Codable, Sendable, Hashable {
    /// The turn.
    public var turn: TurnID

    /// An order to drop a turn.
    public init(turn: TurnID) { self.turn = turn }
}

/// `agent.<id>.roll`: the coordinator is new and asks who is there; every agent says `hello`.
public struct RollCall: Codable, Sendable, Hashable {
    /// A roll call.
    public init() {}
}

/// The agent's answer to `agent.<id>.handoff`, a request without content.
public struct HandoffReply: Codable, Sendable, Hashable {
    /// Why it does not hand off; nil when it does.
    public var refusal: String?

    /// A reply.
    public init(refusal: String? = nil) { self.refusal = refusal }
}
