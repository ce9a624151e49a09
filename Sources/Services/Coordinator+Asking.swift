// What the coordinator is told of turns that have not ended.
extension Coordinator {
    /// `progress`: something of a turn has come to its agent: words of the model, a service's answer, a tool's result.
    /// Nobody answers; an agent says so at most every 10 seconds for a turn, and the toolbox as often as long as a call
    /// of the turn runs or waits for a person. A turn of which the coordinator hears nothing for its time is ended, and
    /// its process is replaced.
    public enum Progress: ServiceOperation {
        /// None is sent.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "progress"

        /// Which turn.
        public struct Request: Codable, Sendable, Hashable {
            /// The turn.
            public var turn: TurnID
            /// The attempt that gets on; the toolbox says none, and means whichever it is.
            public var attempt: Int?
            /// The process that has it; the toolbox says none.
            public var incarnation: Int?
            /// Whose turn it is, when the toolbox says so.
            public var agent: AgentID?

            /// A request.
            public init(turn: TurnID, attempt: Int? = nil, incarnation: Int? = nil, agent: AgentID? = nil) {
                self.agent = agent
                self.turn = turn
                self.attempt = attempt
                self.incarnation = incarnation
            }
        }
    }

    /// `tell`: the room of a turn under way is told something: a notice of the coordinator's, or an action of the
    /// agent's. For the toolbox alone, which asks people there and says how far calls are; answered once it is on the
    /// disk, and a repeated `request` gets the first answer. Refused with `notFound` when the turn has ended.
    public enum Tell: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.coordinator, name = "tell"

        /// What.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// Whose turn it is: an agent names its turns itself.
            public var agent: AgentID?
            /// The turn.
            public var turn: TurnID
            /// The words; of an action, those behind the agent's name.
            public var text: String
            /// Whether it is an action; a notice when nil.
            public var isAction: Bool?

            /// A request.
            public init(request: String, agent: AgentID?, turn: TurnID, text: String, isAction: Bool? = nil) {
                self.request = request
                self.agent = agent
                self.turn = turn
                self.text = text
                self.isAction = isAction
            }
        }
    }
}
