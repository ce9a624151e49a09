import Services

extension RoomsState {
    /// Who waits for an answer: a number for which the shell knows a reply subject.
    public typealias Asker = Int

    /// What can happen.
    public enum Event: Hashable, Sendable {
        /// The journal was read, except for these parts of it.
        case booted(unreadable: [UnreadablePart])
        /// The connection to the bus is up, for the first time or again; what was said meanwhile is lost.
        case connected
        /// A person or an agent posts a message.
        case posted(Coordinator.Post.Request, caller: Principal, asker: Asker)
        /// A person changes a room.
        case managed(Coordinator.Manage.Request, caller: Principal, asker: Asker)
        /// A person ends turns.
        case cancelAsked(Coordinator.Cancel.Request, caller: Principal, asker: Asker)
        /// A person wants a room saved.
        case saveAsked(Coordinator.Save.Request, caller: Principal, asker: Asker)
        /// A person wants a room saved and closed.
        case dropAsked(Coordinator.Drop.Request, caller: Principal, asker: Asker)
        /// A person wants a saved room back.
        case joinAsked(Coordinator.Join.Request, caller: Principal, asker: Asker)
        /// The store's answer to `readRecord`.
        case recordRead(join: Int, Result<RecordReply, ServiceFailure>)
        /// The store's answer to `storeRecord`.
        case recordStored(save: Int, Result<WriteReply, ServiceFailure>)
        /// An agent has ended its turn.
        case finished(Coordinator.Finish.Request, caller: Principal, asker: Asker)
        /// An agent's context is full.
        case handedOff(Coordinator.Handoff.Request, caller: Principal, asker: Asker)
        /// A person wants an agent to hand off.
        case handoffAsked(Coordinator.AskHandoff.Request, caller: Principal, asker: Asker)
        /// The agent's answer to `askHandoff`.
        case handoffAnswered(asker: Asker, Result<HandoffReply, ServiceFailure>)
        /// An agent's process is up.
        case greeted(Coordinator.Hello.Request, caller: Principal, asker: Asker)
        /// A process, or a call that it waits for, has made progress in a turn.
        case progressed(Coordinator.Progress.Request, caller: Principal)
        /// The toolbox tells the room of a turn something.
        case told(Coordinator.Tell.Request, caller: Principal, asker: Asker)
        /// The store's answer to `listAgents`. The store cannot say what the undecided records are; agents among them
        /// that were known stay known.
        case agentsListed([AgentDefinition], undecided: [UndecidedAgent] = [])
        /// The store's answer to `listAgents`: nothing has changed since its last one.
        case agentsUnchanged
        /// The store did not answer `listAgents`.
        case agentsNotListed
        /// Records of agents have changed.
        case agentsChanged
        /// The supervisor reports a child.
        case childChanged(ChildEvent)
        /// The broker's answer to `listChildren`: the children that have a connection.
        case childrenListed([ChildIdentity])
        /// The supervisor's answer to `listTree`: the state of every child.
        case treeListed([ChildStatus])
        /// The toolbox's answer to `listCalls`; nil when it did not answer.
        case callsListed(turn: TurnID, [MadeToolCall]?)
        /// The agent's answer to `offer`.
        case offerAnswered(turn: TurnID, incarnation: Int, OfferAnswer)
        /// These are the oldest events of a room, and need not be kept any more.
        case trimDue(RoomName, [RoomEvent])
        /// The operator has changed the configuration.
        case configured(defaultRoom: RoomName, turnBudget: Int, turnTimeout: Duration)
        /// This process was told to stop; nothing follows.
        case stopping
        /// The moment `nextWake` has come.
        case woke
    }

    /// What an agent's process says to an offered turn.
    public enum OfferAnswer: Hashable, Sendable {
        /// It has the turn.
        case accepted
        /// It does not take the turn, or has not answered; the turn is offered again.
        case notAccepted
    }
}
