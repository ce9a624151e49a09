import Services

/// What the core wants done. The shell does it and tells the core what came of it with an `AgentEvent`.
enum AgentAction: Hashable {
    /// Say to the coordinator that this process is up; the number counts the hellos of the process.
    case hello(Coordinator.Hello.Request, number: Int)
    /// Say that the coordinator has not answered the hello, which is repeated.
    case warnOfHello(reason: String)
    /// Send a request to a service.
    case ask(AgentRequest)
    /// Send a request once more: no service has taken it.
    case askAgain(AgentRequest)
    /// Begin a chat stream, or join it again; an older stream of the same call is forgotten.
    case chat(ChatID, Gateway.Chat.Request)
    /// End a chat stream.
    case cancelChat(id: ChatID)
    /// Let people see words of the answer.
    case publish(room: RoomName, RoomDelta)
    /// Tell the coordinator that a turn gets on.
    case tellProgress(Coordinator.Progress.Request)
    /// Store a part of a deliberation.
    case writeDeliberation(Toolbox.WriteDeliberation.Request)
    /// Say that something went worse than planned.
    case warn(String, subject: String, reason: String)
    /// End the process.
    case leave(Farewell)
}

/// How an agent's process ends.
enum Farewell: Hashable {
    /// Nothing is left to do here.
    case done
    /// The context is full, everything is written down, and a successor is wanted.
    case handedOff
}

/// What the core is told. Results are those of one try.
enum AgentEvent {
    /// The broker is connected, for the first time or again.
    case connected
    /// The coordinator is new and asks who is there.
    case rollCalled
    /// The coordinator knows of the process, or does not.
    case helloAnswered(number: Int, Result<Empty, ServiceFailure>)
    /// A person has sent the agent away from a room.
    case dismissed(room: RoomName)
    /// A person has ended a turn.
    case cancelled(turn: TurnID)
    /// What the gateway has.
    case providers(turn: TurnID, Result<Gateway.Providers.Reply, ServiceFailure>)
    /// The agent's last deliberation.
    case deliberation(turn: TurnID, Result<Toolbox.ReadDeliberation.Reply, ServiceFailure>)
    /// A part of the room's transcript.
    case history(turn: TurnID, Result<Coordinator.History.Reply, ServiceFailure>)
    /// What the notes hold.
    case passages(turn: TurnID, Result<Index.Passages.Reply, ServiceFailure>)
    /// What the notes hold, and the sentence that answers best.
    case sentence(turn: TurnID, Result<Index.Passages.Reply, ServiceFailure>)
    /// The tools that the model may call.
    case menu(turn: TurnID, Result<Toolbox.Menu.Reply, ServiceFailure>)
    /// The tools that were called in the turn before.
    case calls(turn: TurnID, Result<Toolbox.Calls.Reply, ServiceFailure>)
    /// What became of a tool call.
    case toolEnded(Toolbox.Call.Request, Result<ToolOutcome, ServiceFailure>)
    /// A piece of a model's answer.
    case chunk(chat: ChatID, ChatChunk)
    /// A chat stream broke on its way over the bus.
    case chatBroken(chat: ChatID, ServiceFailure)
    /// The coordinator has the outcome, or refuses it.
    case finished(Coordinator.Finish.Request, Result<Empty, ServiceFailure>)
    /// The coordinator knows of the hand-off, or refuses to.
    case handoffAnnounced(Result<Empty, ServiceFailure>)
    /// A part of a deliberation is on the disk, or is not.
    case deliberationWritten(Toolbox.WriteDeliberation.Request, Result<WriteReply, ServiceFailure>)
    /// The clock has reached `Agent.nextWakeUp`.
    case woke
    /// SIGHUP: end the turns, take no new one, leave.
    case drain
    /// SIGTERM: leave.
    case terminate
}
