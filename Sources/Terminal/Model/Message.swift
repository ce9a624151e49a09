import Services

/// What can happen to the terminal.
public enum Message: Sendable, Hashable {
    /// A key was pressed.
    case key(Key)
    /// A second has passed.
    case tick(now: String)
    /// The broker has greeted; subscriptions stand.
    case connected
    /// The connection to the broker is gone.
    case disconnected
    /// The rooms, or why they are not known.
    case rooms(Result<Coordinator.Rooms.Reply, ServiceFailure>)
    /// A page of the history, or why there is none.
    case history(Result<Coordinator.History.Reply, ServiceFailure>)
    /// An event of the room, live.
    case event(RoomEvent)
    /// The number of the room's newest event.
    case head(RoomHead)
    /// Words of an answer that is being written.
    case delta(from: Principal, RoomDelta)
    /// What became of a post.
    case posted(request: String, Result<Coordinator.Post.Reply, ServiceFailure>)
    /// The process tree, or why it is not known.
    case tree(Result<Supervisor.List.Reply, ServiceFailure>)
    /// Something happened to a child of eggheadd.
    case child(ChildEvent)
    /// The screen was painted; keys that scroll go by what stands there.
    case painted(transcript: Viewport, side: Viewport)
}

/// What the shell is to do.
public enum Effect: Sendable, Hashable {
    /// Subscribe to the room's events, heads and deltas.
    case follow(room: RoomName)
    /// Ask the coordinator for its rooms; answered by `rooms`.
    case askRooms
    /// Ask for a page; answered by `history`.
    case askHistory(Coordinator.History.Request)
    /// Ask for the process tree, over the bus or eggheadd's own socket; answered by `tree`.
    case askTree(TreeSource)
    /// Post; answered by `posted`.
    case post(Coordinator.Post.Request)
    /// End.
    case quit
}

/// Where the process tree is asked for.
public enum TreeSource: Sendable, Hashable {
    /// `svc.eggheadd.list`.
    case bus
    /// `run/control.sock`, which answers also when the broker is down.
    case controlSocket
}

/// How a pane was shown.
public struct Viewport: Sendable, Hashable {
    /// The first line shown when the pane shows its end.
    public var topMax: Int
    /// How many lines were shown.
    public var rows: Int

    /// A viewport.
    public init(topMax: Int, rows: Int) {
        self.topMax = topMax
        self.rows = rows
    }
}
