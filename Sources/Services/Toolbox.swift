/// What `svc.toolbox.…` answers: the tools that agents may call, each checked here, outside the agent's process.
public enum Toolbox {
    /// `search_records`: passages for a question, for the program's own part of an answer.
    public enum SearchRecords: ServiceOperation {
        /// See `Index.Passages.Request`.
        public typealias Request = Index.Passages.Request
        /// See `Index.Passages.Reply`.
        public typealias Reply = Index.Passages.Reply
        public static let service = ServiceName.toolbox, name = "search_records"
    }

    /// `menu`: the tools that the caller's record grants it, as a model's menu shows them.
    public enum Menu: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.toolbox, name = "menu"

        /// The menu.
        public struct Reply: Codable, Sendable, Hashable {
            /// In a fixed order.
            public var tools: [ToolDefinition]

            /// A reply.
            public init(tools: [ToolDefinition]) { self.tools = tools }
        }
    }

    /// `call`: runs a tool for an agent. The call is claimed in the toolbox's journal before it runs, and its outcome
    /// is there before it is told: a repeated `id` gets the first outcome, or `unknown` when the toolbox died between.
    public enum Call: ServiceOperation {
        /// See `ToolOutcome`.
        public typealias Reply = ToolOutcome
        public static let service = ServiceName.toolbox, name = "call"

        /// The call.
        public struct Request: Codable, Sendable, Hashable {
            /// The turn in which it is made.
            public var turn: TurnID
            /// The turn's attempt that makes it, from 1. A new call is refused as `stale` once a newer attempt has
            /// asked for the calls before it.
            public var attempt: Int
            /// What to run.
            public var call: ToolCall
            /// What the model said before it wanted the call, for whoever is asked about it; may be left out.
            public var reason: String?

            /// A request.
            public init(turn: TurnID, attempt: Int, call: ToolCall, reason: String? = nil) {
                self.turn = turn
                self.attempt = attempt
                self.call = call
                self.reason = reason
            }
        }
    }

    /// `tools`: every tool that there is, for people.
    public enum Tools: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "tools"

        /// For whom.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent whose menu is asked for; all tools when nil.
            public var agent: AgentID?

            /// A request.
            public init(agent: AgentID?) { self.agent = agent }
        }

        /// The tools.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of the menu.
            public var tools: [ToolDescription]

            /// A reply.
            public init(tools: [ToolDescription]) { self.tools = tools }
        }
    }

    /// `capabilities`: what an agent may do, as its record and the configuration say it, for people.
    public enum Capabilities: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "capabilities"

        /// Whose.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent.
            public var agent: AgentID

            /// A request.
            public init(agent: AgentID) { self.agent = agent }
        }

        /// The grants.
        public struct Reply: Codable, Sendable, Hashable {
            /// Those that allow something, with directories in full.
            public var grants: [Grant]
            /// Those that allow nothing, as written, and why.
            public var inert: [InertGrant]
            /// Whether the record says nothing, and these are what every agent has then.
            public var isUnsaid: Bool
            /// Those of the grants that are used only after a person's yes.
            public var asking: [Grant]

            /// A reply.
            public init(grants: [Grant], inert: [InertGrant], isUnsaid: Bool, asking: [Grant] = []) {
                self.asking = asking
                self.grants = grants
                self.inert = inert
                self.isUnsaid = isUnsaid
            }
        }
    }

    /// `findings`: what is wrong with what agents may do, for `egghead doctor`.
    public enum Findings: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.toolbox, name = "findings"

        /// The findings.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of the agents; the sandbox first.
            public var findings: [ToolFinding]
            /// What holds inside sandboxes, on a line each; nothing when no agent needs one.
            public var inForce: [String]?

            /// A reply.
            public init(findings: [ToolFinding], inForce: [String]? = nil) {
                self.findings = findings
                self.inForce = inForce
            }
        }
    }

    /// `try`: decides about a call that an agent might make, for people. Nothing is run.
    public enum Try: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "try"

        /// The call.
        public struct Request: Codable, Sendable, Hashable {
            /// Whose it would be.
            public var agent: AgentID
            /// The tool.
            public var tool: String
            /// What it would be given: the text of a JSON object.
            public var arguments: String

            /// A request.
            public init(agent: AgentID, tool: String, arguments: String) {
                self.agent = agent
                self.tool = tool
                self.arguments = arguments
            }
        }

        /// The decision.
        public struct Reply: Codable, Sendable, Hashable {
            /// What a model would be told that may not; nil when it may.
            public var refusal: ToolOutcome?
            /// The grants by which it may, one for each thing that the call would do.
            public var grants: [Grant]
            /// Whether a person would be asked first.
            public var asks: Bool

            /// A reply.
            public init(refusal: ToolOutcome?, grants: [Grant], asks: Bool = false) {
                self.refusal = refusal
                self.grants = grants
                self.asks = asks
            }
        }
    }

    /// `calls`: what the caller, or a process of it before, has called in a turn. No call of an older attempt runs from
    /// then on that is not in the answer.
    public enum Calls: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "calls"

        /// Which turn.
        public struct Request: Codable, Sendable, Hashable {
            /// The turn.
            public var turn: TurnID
            /// The turn's attempt that asks, from 1.
            public var attempt: Int

            /// A request.
            public init(turn: TurnID, attempt: Int) {
                self.turn = turn
                self.attempt = attempt
            }
        }

        /// The calls.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order in which they were claimed; after them those that may still be claimed.
            public var calls: [MadeToolCall]

            /// A reply.
            public init(calls: [MadeToolCall]) { self.calls = calls }
        }
    }

    /// `calls_of`: what the attempts of an agent's turn have called, for the coordinator alone. It changes nothing:
    /// calls that are not in the answer may still run.
    public enum CallsOf: ServiceOperation {
        /// See `Calls.Reply`.
        public typealias Reply = Calls.Reply
        public static let service = ServiceName.toolbox, name = "calls_of"

        /// Whose turn.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent.
            public var agent: AgentID
            /// Its turn.
            public var turn: TurnID

            /// A request.
            public init(agent: AgentID, turn: TurnID) {
                self.agent = agent
                self.turn = turn
            }
        }
    }

    /// `write_deliberation`: a part of what an agent knows of a room, before it hands off. The record's id, class and
    /// author are the toolbox's choice: `deliberations/<agent>/<room>/<time>`, so an agent can write no other's. The
    /// parts before the last one are the records `/1`, `/2`, … below that id.
    public enum WriteDeliberation: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.toolbox, name = "write_deliberation"

        /// The deliberation.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller, the same for all parts; a retry uses it again.
            public var request: String
            /// The room.
            public var room: RoomName
            /// Which part this is, from 1, and of how many; the last one has the note and is written last.
            public var part: Int, parts: Int
            /// Further frontmatter: model, tokens, reason, links.
            public var fields: [String: JSONValue]
            /// The hand-off note first, the session after it; of older parts only turns.
            public var body: String

            /// A request.
            public init(
                request: String, room: RoomName, part: Int, parts: Int, fields: [String: JSONValue], body: String
            ) {
                self.request = request
                self.room = room
                self.part = part
                self.parts = parts
                self.fields = fields
                self.body = body
            }
        }
    }

    /// `read_deliberation`: the caller's own last one in a room.
    public enum ReadDeliberation: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "read_deliberation"

        /// Which room.
        public struct Request: Codable, Sendable, Hashable {
            /// The room.
            public var room: RoomName

            /// A request.
            public init(room: RoomName) { self.room = room }
        }

        /// The answer.
        public struct Reply: Codable, Sendable, Hashable {
            /// The last deliberation, if there is one.
            public var record: RecordReply?

            /// A reply.
            public init(record: RecordReply?) { self.record = record }
        }
    }
}
