import Services

extension RoomsState {
    /// What follows from one event.
    ///
    /// ```
    /// queries             at once
    /// commit              at the end of the turn of the loop
    /// answers, effects    when the commits of this step, and of all steps before it, are on the disk;
    ///                     all answers of a turn of the loop first, then its effects, each in their order
    /// ```
    public struct Step: Hashable, Sendable {
        /// Questions that tell nobody anything. The answer comes as an event, while the disk works.
        public internal(set) var queries: [Query] = []
        /// One line of the journal; none when it is empty.
        public internal(set) var commit: [JournalEntry] = []
        /// Answers to those who wait.
        public internal(set) var answers: [Reply] = []
        /// What others are told, and what they are asked on the strength of it.
        public internal(set) var effects: [Effect] = []

        /// Whether any entry of the commit must be on the disk before the answers and effects.
        public var waitsForDisk: Bool { commit.contains { $0.outlivesPowerCut } }
    }

    /// An answer and who waits for it.
    public struct Reply: Hashable, Sendable {
        /// Who waits.
        public var asker: Asker
        /// The answer.
        public var answer: Answer

        /// A reply.
        public init(_ asker: Asker, _ answer: Answer) {
            self.asker = asker
            self.answer = answer
        }
    }

    /// A question that changes nothing where it is asked; the answer comes as an event.
    public enum Query: Hashable, Sendable {
        /// Ask the store who the agents are; `agentsListed`, `agentsUnchanged` or `agentsNotListed` follows.
        case listAgents
        /// Ask the broker which children are connected; `childrenListed` follows, or nothing when the broker is away.
        case listChildren
        /// Ask the supervisor for the state of every child; `treeListed` follows, or nothing when the broker is away.
        case listTree
        /// Ask the toolbox what was called in an agent's turn; `callsListed` follows.
        case listCalls(agent: AgentID, turn: TurnID)
        /// Ask the store for a record; `recordRead` follows.
        case readRecord(join: Int, id: RecordID)
    }

    /// Something that is done for others, or that they are told.
    public enum Effect: Hashable, Sendable {
        /// Publish an event of a room.
        case publish(RoomEvent)
        /// Publish the number of a room's newest event.
        case publishHead(RoomHead)
        /// Ask an agent's process to take a turn; `offerAnswered` follows.
        case offer(TurnRequest, incarnation: Int)
        /// Tell an agent that it is not in a room any more.
        case dismiss(agent: AgentID, room: RoomName)
        /// Tell an agent that its turn has ended.
        case cancel(agent: AgentID, turn: TurnID)
        /// Have the toolbox stop what a turn has called, which has ended without its agent.
        case endCalls(agent: AgentID, turn: TurnID)
        /// Ask the supervisor to replace an agent's process.
        case restart(agent: AgentID)
        /// Ask an agent to hand off; `handoffAnswered` follows.
        case askHandoff(agent: AgentID, Asker)
        /// Ask an agent to say hello.
        case callRoll(agent: AgentID)
        /// Give the store a record; `recordStored` follows.
        case storeRecord(save: Int, Store.Create.Request)
        /// The oldest events of a room are gone: their files can be removed.
        case removeTrimmed(RoomName)
        /// The store does not take the transcript of what was to go from a room: it stays for now.
        case trimRefused(RoomName, ServiceFailure)
        /// Ask a question after what this step tells.
        case ask(Query)
    }

    /// The answer to a request.
    public enum Answer: Hashable, Sendable {
        /// A message is on the disk.
        case post(Coordinator.Post.Reply)
        /// A room's transcript is in these records.
        case saved([RecordID])
        /// A saved room is back.
        case joined(Coordinator.Join.Reply)
        /// `hello`, `finish`, `handoff`, `ask_handoff` or `manage` is done.
        case done
        /// Nothing was done, and why.
        case refused(ServiceFailure)
    }
}
