import Services

/// What the core wants done. The shell does it and tells the core what came of it with an `AgentEvent`.
enum AgentAction: Hashable {
    /// Say to the coordinator that this process is up.
    case hello(Coordinator.Hello.Request)
    /// Ask the gateway what is configured.
    case readProviders(turn: TurnID)
    /// Ask for this agent's own last deliberation in a room.
    case readDeliberation(turn: TurnID, room: RoomName)
    /// Ask for a part of the room's transcript.
    case readHistory(turn: TurnID, Coordinator.History.Request)
    /// Ask for passages.
    case search(turn: TurnID, Index.Passages.Request)
    /// Ask which tools the model may call.
    case readMenu(turn: TurnID)
    /// Ask which tools a process before this one has called in a turn.
    case readCalls(turn: TurnID)
    /// Run a tool until its outcome is told.
    case callTool(Toolbox.Call.Request)
    /// Begin a chat stream, or join it again; an older stream of the same id is forgotten.
    case chat(Gateway.Chat.Request)
    /// End a chat stream.
    case cancelChat(id: String)
    /// Let people see words of the answer.
    case publish(room: RoomName, RoomDelta)
    /// Report a turn's outcome until the coordinator acknowledges or refuses it.
    case finish(Coordinator.Finish.Request)
    /// Announce the hand-off until the coordinator acknowledges or refuses it.
    case announceHandoff(Coordinator.Handoff.Request)
    /// Store a part of a deliberation.
    case writeDeliberation(Toolbox.WriteDeliberation.Request)
    /// Call back after a while.
    case schedule(AgentDeadline, after: Duration)
    /// Say that something went worse than planned.
    case warn(String, subject: String, reason: String)
    /// End the process.
    case leave(Farewell)
}

/// A call back that the core has asked for.
enum AgentDeadline: Hashable {
    /// Join a chat stream again.
    case rejoin(chat: String)
    /// Look again at the tools that were called in a turn.
    case calls(turn: TurnID)
    /// The turns of other rooms have had their time.
    case otherTurns
    /// The model has had its time for the notes.
    case note
    /// Offer a part of a deliberation again.
    case save(request: String, part: Int)
}

/// How an agent's process ends.
enum Farewell: Hashable {
    /// Nothing is left to do here.
    case done
    /// The context is full, everything is written down, and a successor is wanted.
    case handedOff
}

/// What the core is told.
enum AgentEvent {
    /// The broker is connected, for the first time or again.
    case connected
    /// The coordinator is new and asks who is there.
    case rollCalled
    /// A person has sent the agent away from a room.
    case dismissed(room: RoomName)
    /// What the gateway has.
    case providers(turn: TurnID, Result<Gateway.Providers.Reply, ServiceFailure>)
    /// The agent's last deliberation.
    case deliberation(turn: TurnID, Result<Toolbox.ReadDeliberation.Reply, ServiceFailure>)
    /// A part of the room's transcript.
    case history(turn: TurnID, Result<Coordinator.History.Reply, ServiceFailure>)
    /// What the notes hold.
    case passages(turn: TurnID, Result<Index.Passages.Reply, ServiceFailure>)
    /// The tools that the model may call.
    case menu(turn: TurnID, Result<Toolbox.Menu.Reply, ServiceFailure>)
    /// The tools that were called in the turn before.
    case calls(turn: TurnID, Result<Toolbox.Calls.Reply, ServiceFailure>)
    /// What became of a tool call.
    case toolEnded(Toolbox.Call.Request, Result<ToolOutcome, ServiceFailure>)
    /// A piece of a model's answer.
    case chunk(chat: String, ChatChunk)
    /// A chat stream broke on its way over the bus.
    case chatBroken(chat: String, ServiceFailure)
    /// The coordinator has the outcome, or refuses it for good.
    case finished(Coordinator.Finish.Request, Result<Empty, ServiceFailure>)
    /// The coordinator knows of the hand-off, or refuses to.
    case handoffAnnounced(Result<Empty, ServiceFailure>)
    /// A part of a deliberation is on the disk, or is not.
    case deliberationWritten(Toolbox.WriteDeliberation.Request, Result<WriteReply, ServiceFailure>)
    /// A call back.
    case due(AgentDeadline)
    /// SIGHUP: end the turns, take no new one, leave.
    case drain
    /// SIGTERM: leave.
    case terminate
}
