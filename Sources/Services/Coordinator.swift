/// What `svc.coordinator.…` answers: rooms, for people and agents.
public enum Coordinator {
    /// `post`: a message. Answered once it is on the disk; a repeated `request` id gets the first answer.
    public enum Post: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "post"

        /// The message.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The room; the default one when nil. A room that does not exist is made.
            public var room: String?
            /// The words.
            public var text: String

            /// A request.
            public init(request: String, room: String?, text: String) {
                self.request = request
                self.room = room
                self.text = text
            }
        }

        /// What became of it.
        public struct Reply: Codable, Sendable, Hashable {
            /// The room it is in.
            public var room: String
            /// Its number there.
            public var number: Int
            /// The turns that it caused at once.
            public var turns: [String]

            /// A reply.
            public init(room: String, number: Int, turns: [String]) {
                self.room = room
                self.number = number
                self.turns = turns
            }
        }
    }

    /// `settled`: whether any turn that a message caused, directly or by an answer to it, still runs or waits.
    public enum Settled: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "settled"

        /// Which message.
        public struct Request: Codable, Sendable, Hashable {
            /// The room.
            public var room: String
            /// The message's number.
            public var number: Int

            /// A request.
            public init(room: String, number: Int) {
                self.room = room
                self.number = number
            }
        }

        /// How it stands.
        public struct Reply: Codable, Sendable, Hashable {
            /// Whether nothing that it caused runs or waits.
            public var settled: Bool
            /// Whether an agent answered.
            public var answered: Bool
            /// The room's newest event, so that the asker knows what it must have seen.
            public var head: Int

            /// A reply.
            public init(settled: Bool, answered: Bool, head: Int) {
                self.settled = settled
                self.answered = answered
                self.head = head
            }
        }
    }

    /// `history`: a page of a room's events, oldest first.
    public enum History: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "history"

        /// Which part.
        public struct Request: Codable, Sendable, Hashable {
            /// The room; the default one when nil.
            public var room: String?
            /// Only events after this number; 0 from the beginning. Nil: the newest `limit` events.
            public var after: Int?
            /// The most to return, 1 to 500; 100 unless told. Fewer come when they are long.
            public var limit: Int?

            /// A request.
            public init(room: String?, after: Int? = nil, limit: Int? = nil) {
                self.room = room
                self.after = after
                self.limit = limit
            }
        }

        /// A page.
        public struct Reply: Codable, Sendable, Hashable {
            /// The room.
            public var room: String
            /// The number of the room's newest event; 0 when there is none.
            public var head: Int
            /// Oldest first, without gaps.
            public var events: [RoomEvent]

            /// A reply.
            public init(room: String, head: Int, events: [RoomEvent]) {
                self.room = room
                self.head = head
                self.events = events
            }
        }
    }

    /// `rooms`: every room, its roster and what goes on in it.
    public enum Rooms: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.coordinator, name = "rooms"

        /// The rooms.
        public struct Reply: Codable, Sendable, Hashable {
            /// The default room first, then in the order of their making.
            public var rooms: [RoomStatus]

            /// A reply.
            public init(rooms: [RoomStatus]) { self.rooms = rooms }
        }
    }

    /// `hello`: an agent's process is up and can take turns. Said at birth, and again after each new connection to the
    /// broker and whenever the coordinator is new (`agent.<id>.roll`).
    public enum Hello: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "hello"

        /// Which process.
        public struct Request: Codable, Sendable, Hashable {
            /// The launch digest that it was started for.
            public var digest: String
            /// Its incarnation.
            public var incarnation: Int
            /// The turn it is busy with, if any, so that a new coordinator need not issue it again.
            public var turn: String?

            /// A request.
            public init(digest: String, incarnation: Int, turn: String?) {
                self.digest = digest
                self.incarnation = incarnation
                self.turn = turn
            }
        }

        /// What the coordinator knows of the agent.
        public struct Reply: Codable, Sendable, Hashable {
            /// The agent as its record defines it now.
            public var agent: AgentDefinition

            /// A reply.
            public init(agent: AgentDefinition) { self.agent = agent }
        }
    }

    /// `finish`: a turn has ended. Answered once the outcome is on the disk; a repeated `request` gets the first answer.
    public enum Finish: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "finish"

        /// How.
        public enum Outcome: String, Codable, Sendable {
            /// `text` is the agent's message.
            case answered
            /// The agent has nothing to say.
            case passed
            /// `text` is a notice that says why there is no answer and what to do.
            case failed
        }

        /// The outcome.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The turn.
            public var turn: String
            /// The attempt that this ends, from 1; an older one is refused as `stale`.
            public var attempt: Int
            /// How it ended.
            public var outcome: Outcome
            /// The message or the notice.
            public var text: String
            /// Tokens, when known.
            public var usage: TokenUsage?

            /// A request.
            public init(
                request: String, turn: String, attempt: Int, outcome: Outcome, text: String, usage: TokenUsage? = nil
            ) {
                self.request = request
                self.turn = turn
                self.attempt = attempt
                self.outcome = outcome
                self.text = text
                self.usage = usage
            }
        }
    }

    /// `handoff`: an agent's context is full: hold what comes for it until its successor says hello. Said before the
    /// deliberation is written; the process exits with status 80 afterwards. Its leases pass on without an attempt.
    public enum Handoff: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "handoff"

        /// Why.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The process that hands off.
            public var incarnation: Int
            /// The room whose session is full.
            public var room: String
            /// The session's tokens.
            public var tokens: Int
            /// The window they nearly fill.
            public var window: Int

            /// A request.
            public init(request: String, incarnation: Int, room: String, tokens: Int, window: Int) {
                self.request = request
                self.incarnation = incarnation
                self.room = room
                self.tokens = tokens
                self.window = window
            }
        }
    }
}

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
    public var room: String
    /// What it is.
    public var type: Kind
    /// Whose it is: a name on the bus, such as `user:ann`, `agent:scout`, `coordinator`.
    public var from: String
    /// The words.
    public var text: String
    /// The turn that it ends or speaks of, if any.
    public var turn: String?

    /// An event.
    public init(
        number: Int, at: String, room: String, type: Kind, from: String, text: String, turn: String? = nil
    ) {
        self.number = number
        self.at = at
        self.room = room
        self.type = type
        self.from = from
        self.text = text
        self.turn = turn
    }
}

/// `room.<room>.delta.<name>`: words of an answer that is being written.
public struct RoomDelta: Codable, Sendable, Hashable {
    /// The turn.
    public var turn: String
    /// The attempt; a higher one starts over.
    public var attempt: Int
    /// How many bytes of UTF-8 came before these words in this attempt.
    public var offset: Int
    /// The words.
    public var text: String

    /// A delta.
    public init(turn: String, attempt: Int, offset: Int, text: String) {
        self.turn = turn
        self.attempt = attempt
        self.offset = offset
        self.text = text
    }
}

/// `room.<room>.head`: the number of a room's newest event, published after the coordinator has reconnected, so that a
/// subscriber notices what it missed also when nothing follows.
public struct RoomHead: Codable, Sendable, Hashable {
    /// The room.
    public var room: String
    /// Its newest event's number.
    public var head: Int

    /// A head.
    public init(room: String, head: Int) {
        self.room = room
        self.head = head
    }
}

/// A room at a glance.
public struct RoomStatus: Codable, Sendable, Hashable {
    /// The room.
    public var room: String
    /// The number of its newest event.
    public var head: Int
    /// How many agent messages may still follow before a person must speak.
    public var budgetLeft: Int
    /// The agents in it.
    public var roster: [RosterEntry]

    /// A status.
    public init(room: String, head: Int, budgetLeft: Int, roster: [RosterEntry]) {
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
    public var agent: String
    /// What people see.
    public var title: String
    /// What it is doing.
    public var activity: Activity

    /// An entry.
    public init(agent: String, title: String, activity: Activity) {
        self.agent = agent
        self.title = title
        self.activity = activity
    }
}

/// `agent.<id>.turn`, a request from the coordinator: speak. Accepted or refused within 2 s, or it comes again.
public struct TurnRequest: Codable, Sendable, Hashable {
    /// The turn's id; the same turn never runs twice in one process.
    public var turn: String
    /// The attempt, from 1.
    public var attempt: Int
    /// The room.
    public var room: String
    /// The event that the turn answers.
    public var number: Int
    /// Who spoke there.
    public var from: String
    /// What was said, without the mention of this agent.
    public var text: String
    /// How many answers agents have given in this room before.
    public var answersBefore: Int
    /// The agent as its record defines it now.
    public var agent: AgentDefinition
    /// What a successor must know of the attempt before, if there was one.
    public var note: String?

    /// A turn.
    public init(
        turn: String, attempt: Int, room: String, number: Int, from: String, text: String, answersBefore: Int,
        agent: AgentDefinition, note: String? = nil
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
    }
}

/// An agent's answer to a `TurnRequest`.
public struct TurnReply: Codable, Sendable, Hashable {
    /// Whether this process takes the turn (or has it already).
    public var accepted: Bool

    /// A reply.
    public init(accepted: Bool) { self.accepted = accepted }
}

/// `agent.<id>.roll`: the coordinator is new and asks who is there; every agent says `hello`.
public struct RollCall: Codable, Sendable, Hashable {
    /// A roll call.
    public init() {}
}
