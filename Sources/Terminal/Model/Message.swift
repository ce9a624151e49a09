import Services

/// What can happen to the terminal. The shell turns each event into one message.
public enum Message: Sendable, Hashable {
    /// A key was pressed.
    case key(Key)
    /// A second has passed; `now` is an RFC 3339 date.
    case tick(now: String)
    /// The client has connected to the broker, and its subscriptions are active.
    case connected
    /// The connection to the broker is lost.
    case disconnected
    /// The rooms, or why the coordinator did not list them.
    case rooms(Result<Coordinator.Rooms.Reply, ServiceFailure>)
    /// A page of the history, or why there is none.
    case history(Result<Coordinator.History.Reply, ServiceFailure>)
    /// An event of the room, live.
    case event(RoomEvent)
    /// The number of the room's newest event.
    case head(RoomHead)
    /// A part of an answer that is being written; `from` is the name on the bus of its agent.
    case delta(from: Principal, RoomDelta)
    /// The acknowledgement of a post, or why there is none; `request` is the id of the request.
    case posted(request: String, Result<Coordinator.Post.Reply, ServiceFailure>)
    /// What came of an answer to an agent's request: the room tells what is done.
    case answered(Result<Toolbox.Approve.Reply, ServiceFailure>)
    /// Whether the room's turns were ended: the room tells which.
    case cancelled(Result<Coordinator.Cancel.Reply, ServiceFailure>)
    /// The process tree, or why eggheadd did not list it.
    case tree(Result<Supervisor.List.Reply, ServiceFailure>)
    /// An event in the life cycle of a child of eggheadd.
    case child(ChildEvent)
    /// The screen was painted. Keys that scroll refer to what it shows.
    case painted(transcript: Viewport, side: Viewport)
}

/// What the shell must do after an update.
public enum Effect: Sendable, Hashable {
    /// Subscribe to the room's events, heads and deltas.
    case follow(room: RoomName)
    /// Ask the coordinator for its rooms; the answer is the message `rooms`.
    case askRooms
    /// Ask the coordinator for a page of the room's history; the answer is the message `history`.
    case askHistory(Coordinator.History.Request)
    /// Ask eggheadd for the process tree; the answer is the message `tree`.
    case askTree(TreeSource)
    /// Post a message to the room; the answer is the message `posted`.
    case post(Coordinator.Post.Request)
    /// Let an agent do what it asks for; the answer is the message `answered`.
    case approve(Toolbox.Approve.Request)
    /// Do not let it; the answer is the message `answered`.
    case deny(Toolbox.Deny.Request)
    /// End turns, and what they run; the answer is the message `cancelled`.
    case cancel(Coordinator.Cancel.Request)
    /// End the process with status 0.
    case quit
}

/// The way on which eggheadd is asked for the process tree.
public enum TreeSource: Sendable, Hashable {
    /// `svc.eggheadd.list`.
    case bus
    /// `run/control.sock`, which eggheadd also answers when the broker is down.
    case controlSocket
}

/// The part of a pane that was shown.
public struct Viewport: Sendable, Hashable {
    /// The number of the first line shown when the pane shows its end, from 0.
    public var topMax: Int
    /// The height of the pane in lines.
    public var rows: Int

    /// A viewport of a pane that was painted.
    public init(topMax: Int, rows: Int) {
        self.topMax = topMax
        self.rows = rows
    }
}
