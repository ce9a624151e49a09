import Services

extension RoomsState {
    /// Somebody who waits for an answer: a number that the shell knows a reply subject for.
    public typealias Asker = Int

    /// What can happen.
    public enum Event: Hashable, Sendable {
        /// The journal has been read, but for these parts of it.
        case booted(unreadable: [UnreadablePart])
        /// The bus is there, for the first time or again; whatever was said meanwhile is lost.
        case connected
        /// Somebody has said something.
        case posted(Coordinator.Post.Request, caller: Principal, asker: Asker)
        /// A person changes a room.
        case managed(Coordinator.Manage.Request, caller: Principal, asker: Asker)
        /// A person wants a room saved.
        case saveAsked(Coordinator.Save.Request, caller: Principal, asker: Asker)
        /// A person wants a room saved and closed.
        case dropAsked(Coordinator.Drop.Request, caller: Principal, asker: Asker)
        /// A person wants a saved room back.
        case joinAsked(Coordinator.Join.Request, caller: Principal, asker: Asker)
        /// The store's answer to `readRecord`.
        case recordRead(join: Int, Result<RecordReply, ServiceFailure>)
        /// The store's answer to `storeRecords`.
        case recordsStored(save: Int, ServiceFailure?)
        /// An agent has ended its turn.
        case finished(Coordinator.Finish.Request, caller: Principal, asker: Asker)
        /// An agent's context is full.
        case handedOff(Coordinator.Handoff.Request, caller: Principal, asker: Asker)
        /// A person wants an agent to hand off.
        case handoffAsked(Coordinator.AskHandoff.Request, caller: Principal, asker: Asker)
        /// An agent's process is up.
        case greeted(Coordinator.Hello.Request, caller: Principal, asker: Asker)
        /// Something of a turn has come to its agent.
        case progressed(Coordinator.Progress.Request, caller: Principal)
        /// The store's answer to `listAgents`; of the undecided nobody can tell now, and who was there stays.
        case agentsListed([AgentDefinition], undecided: [UndecidedAgent] = [])
        /// The store's answer to `listAgents`: they are as they were.
        case agentsUnchanged
        /// The store gave none.
        case agentsNotListed
        /// Records of agents have changed.
        case agentsChanged
        /// The supervisor reports a child.
        case childChanged(ChildEvent)
        /// The broker's answer to `listChildren`: the children with a connection.
        case childrenListed([ChildIdentity])
        /// The supervisor's answer to `listTree`: how every child stands.
        case treeListed([ChildStatus])
        /// The agent's answer to `offer`.
        case offerAnswered(turn: TurnID, incarnation: Int, OfferAnswer)
        /// The operator has changed the configuration.
        case configured(defaultRoom: RoomName, turnBudget: Int, turnTimeout: Duration)
        /// `nextWake` has come.
        case woke
    }

    /// What an agent says to a turn.
    public enum OfferAnswer: Hashable, Sendable {
        /// It has the turn.
        case accepted
        /// It does not take it, or has not answered; it is offered again.
        case notAccepted
    }

    /// What is to be done, in this order.
    ///
    /// Everything waits until the commits of the same step, and of the steps before it, are on the disk.
    public enum Action: Hashable, Sendable {
        /// Append one line to the journal. At most one a step, and it comes first.
        case commit([JournalEntry])
        /// Tell whoever asked.
        case answer(Asker, Answer)
        /// Tell everybody who watches the room.
        case publish(RoomEvent)
        /// Tell everybody how far the room is.
        case publishHead(RoomHead)
        /// Ask an agent to take a turn; `offerAnswered` follows.
        case offer(TurnRequest, incarnation: Int)
        /// Tell an agent that it is in a room no more.
        case dismiss(agent: AgentID, room: RoomName)
        /// Ask the supervisor to replace an agent's process.
        case restart(agent: AgentID)
        /// Ask an agent to hand off, and tell whoever asked what it says.
        case askHandoff(agent: AgentID, Asker)
        /// Ask an agent to say hello.
        case callRoll(agent: AgentID)
        /// Ask the store who the agents are; `agentsListed` or `agentsNotListed` follows.
        case listAgents
        /// Ask the broker who is connected; `childrenListed` follows.
        case listChildren
        /// Give the store these records, in their order; `recordsStored` follows.
        case storeRecords(save: Int, [Store.Create.Request])
        /// Ask the store for a record; `recordRead` follows.
        case readRecord(join: Int, id: RecordID)
        /// Ask the supervisor how the children stand; `treeListed` follows.
        case listTree
    }

    /// The answer to a request.
    public enum Answer: Hashable, Sendable {
        /// A message is on the disk.
        case post(Coordinator.Post.Reply)
        /// A room's transcript is in these records.
        case saved([RecordID])
        /// A saved room is back.
        case joined(Coordinator.Join.Reply)
        /// `hello`, `finish`, `handoff` and `manage` are done.
        case done
        /// Nothing was done, and why.
        case refused(ServiceFailure)
    }
}
