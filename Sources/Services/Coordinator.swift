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
            public var room: RoomName?
            /// The agent whose own room it is for, as a mention names it, and from agents by its id; then no room is
            /// named.
            public var agent: String?
            /// The agent that speaks, outside of its turns. The toolbox alone says so, which has decided on it.
            public var speaker: AgentID?
            /// The words.
            public var text: String

            /// A request.
            public init(
                request: String, room: RoomName?, agent: String? = nil, speaker: AgentID? = nil, text: String
            ) {
                self.speaker = speaker
                self.request = request
                self.room = room
                self.agent = agent
                self.text = text
            }
        }

        /// What became of it.
        public struct Reply: Codable, Sendable, Hashable {
            /// The room it is in.
            public var room: RoomName
            /// Its number there.
            public var number: Int
            /// The turns that it caused at once.
            public var turns: [TurnID]
            /// Whose turns they are, in the same order; nil in answers that were given before this was told.
            public var agents: [AgentID]?

            /// A reply.
            public init(room: RoomName, number: Int, turns: [TurnID], agents: [AgentID]? = nil) {
                self.room = room
                self.number = number
                self.turns = turns
                self.agents = agents
            }
        }
    }

    /// `manage`: who is in a room, who waits to be named there, and whether it goes on. For people alone; answered once
    /// it is on the disk, and a repeated `request` id gets the first answer.
    public enum Manage: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "manage"

        /// What can be done.
        public enum Change: String, Codable, Sendable, CaseIterable {
            /// An agent that was sent away is in the room again.
            case invite
            /// An agent leaves the room: its turns there end, and it forgets what was said.
            case kick
            /// Open messages pass an agent by; whoever names it, or everyone, reaches it.
            case mute
            /// Open messages may go to an agent again.
            case unmute
            /// The budget of agent messages begins anew, and the turns that wait for that begin.
            case `continue`
        }

        /// What to do.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The room.
            public var room: RoomName
            /// What is to change.
            public var change: Change
            /// The agent, as a mention names it; nil for `continue`.
            public var agent: String?

            /// A request.
            public init(request: String, room: RoomName, change: Change, agent: String?) {
                self.request = request
                self.room = room
                self.change = change
                self.agent = agent
            }
        }

        /// Done.
        public typealias Reply = Empty
    }

    /// `cancel`: turns that run or wait end without an answer. The agents stay in the room and know what was said. For
    /// people alone; answered once it is on the disk, and a repeated `request` id gets the first answer.
    public enum Cancel: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "cancel"

        /// Which turns.
        public enum Turns: Codable, Sendable, Hashable {
            /// All of the room.
            case all
            /// One.
            case one(TurnID)
            /// Those that the message of a number caused, directly or by an answer to it.
            case causedBy(Int)
        }

        /// What to end.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The room.
            public var room: RoomName
            /// Which of its turns.
            public var turns: Turns

            /// A request.
            public init(request: String, room: RoomName, turns: Turns) {
                self.request = request
                self.room = room
                self.turns = turns
            }
        }

        /// Done.
        public typealias Reply = Empty
    }

    /// `settled`: whether any turn that a message caused, directly or by an answer to it, still runs or waits.
    public enum Settled: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "settled"

        /// Which message.
        public struct Request: Codable, Sendable, Hashable {
            /// The room.
            public var room: RoomName
            /// The message's number.
            public var number: Int

            /// A request.
            public init(room: RoomName, number: Int) {
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
        /// The most events in a reply.
        public static let eventsMax = 500

        /// Which part.
        public struct Request: Codable, Sendable, Hashable {
            /// The room; the default one when nil.
            public var room: RoomName?
            /// Only events after this number; 0 from the beginning. Nil: the newest `limit` events.
            public var after: Int?
            /// The most to return, 1 to `eventsMax`; 100 unless told. Fewer come when they are long.
            public var limit: Int?

            /// A request.
            public init(room: RoomName?, after: Int? = nil, limit: Int? = nil) {
                self.room = room
                self.after = after
                self.limit = limit
            }
        }

        /// A page.
        public struct Reply: Codable, Sendable, Hashable {
            /// The room.
            public var room: RoomName
            /// The number of the room's newest event; 0 when there is none.
            public var head: Int
            /// Oldest first, without gaps.
            public var events: [RoomEvent]
            /// When the room's first event was; a room of the same name that was made later has another.
            public var began: String?
            /// The number of the oldest event that the room still has; nil when that is 1.
            public var first: Int?

            /// A reply.
            public init(
                room: RoomName, head: Int, events: [RoomEvent], began: String? = nil, first: Int? = nil
            ) {
                self.room = room
                self.head = head
                self.events = events
                self.began = began
                self.first = first
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
        /// The coordinator knows of the process.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "hello"

        /// Which process.
        public struct Request: Codable, Sendable, Hashable {
            /// The launch digest that it was started for.
            public var digest: String
            /// Its incarnation.
            public var incarnation: Int
            /// The turns that it is busy with, one a room at most, so that a new coordinator need not issue them again.
            public var turns: [TurnID]

            /// A request.
            public init(digest: String, incarnation: Int, turns: [TurnID]) {
                self.digest = digest
                self.incarnation = incarnation
                self.turns = turns
            }
        }
    }

    /// `finish`: a turn has ended. Answered once the outcome is on the disk; a repeated `request` gets the first
    /// answer.
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
            public var turn: TurnID
            /// The attempt that this ends, from 1; an older one is refused as `stale`.
            public var attempt: Int
            /// How it ended.
            public var outcome: Outcome
            /// The message or the notice.
            public var text: String
            /// Tokens, when known.
            public var usage: TokenUsage?
            /// What the room is told before the outcome, such as that another model than the first one has answered.
            public var remark: String?

            /// A request.
            public init(
                request: String, turn: TurnID, attempt: Int, outcome: Outcome, text: String, usage: TokenUsage? = nil,
                remark: String? = nil
            ) {
                self.remark = remark
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

        /// Why an agent hands off.
        public enum Reason: String, Codable, Sendable {
            /// A session's tokens have passed its threshold.
            case threshold
            /// The provider refused a session as too long.
            case overflow
            /// A person asked for it.
            case asked
        }

        /// Which session, and how full it is.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The process that hands off.
            public var incarnation: Int
            /// The room whose session is full.
            public var room: RoomName
            /// The session's tokens.
            public var tokens: Int
            /// The window they nearly fill.
            public var window: Int
            /// Why.
            public var reason: Reason
            /// What is wrong with the note of the session, in words for the room; said once it is known, under an id
            /// of its own.
            public var noteProblem: String?

            /// A request.
            public init(
                request: String, incarnation: Int, room: RoomName, tokens: Int, window: Int, reason: Reason,
                noteProblem: String? = nil
            ) {
                self.noteProblem = noteProblem
                self.request = request
                self.incarnation = incarnation
                self.room = room
                self.tokens = tokens
                self.window = window
                self.reason = reason
            }
        }
    }

    /// `ask_handoff`: an agent is to write down what it knows and to go on as a new process. For people alone; answered
    /// once the agent has begun.
    public enum AskHandoff: ServiceOperation {
        /// It has begun.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "ask_handoff"

        /// Who.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent, as a mention names it.
            public var agent: String

            /// A request.
            public init(agent: String) { self.agent = agent }
        }
    }
}
