import Following
import Services

/// The state of the terminal. Only `update` changes it, and `view` draws it.
public struct Model: Sendable, Hashable {
    /// The state of the connection to the broker.
    public enum Connection: Sendable, Hashable {
        case connecting, connected, lost
    }

    /// The parts of the screen that can have the keyboard focus.
    public enum Pane: Sendable, Hashable, CaseIterable {
        case prompt, processes, transcript
    }

    /// A posted message whose event has not arrived yet.
    public struct Pending: Sendable, Hashable {
        /// Whether the message waits to be sent, was sent, or was acknowledged with the number of its event.
        public enum State: Sendable, Hashable {
            case waiting, sent, acknowledged(number: Int)
        }

        /// The request. Every attempt to send it repeats its id.
        public var request: Coordinator.Post.Request
        /// The state of the post.
        public var state: State
    }

    /// Whether the terminal is connected to the broker.
    public internal(set) var connection = Connection.connecting
    /// The room that is shown; nil until the coordinator has named the default room.
    public internal(set) var room: RoomName?
    /// The follower that delivers the events of the room; nil until the room is known.
    public internal(set) var follower: RoomFollower?
    /// The newest events of the room, at most `eventsMax`.
    public internal(set) var events: [RoomEvent] = []
    /// The answers that are being written, in the order in which they began.
    public internal(set) var partialAnswers: [PartialAnswer] = []
    /// The posts whose events have not arrived yet, oldest first.
    public internal(set) var pending: [Pending] = []
    /// The agents in the room, as the coordinator lists them.
    public internal(set) var roster: [RosterEntry] = []
    /// The process tree as eggheadd listed it last.
    public internal(set) var tree = ProcessTree([])
    /// The pane that has the keyboard focus.
    public internal(set) var pane = Pane.prompt
    /// The input line.
    public internal(set) var editor = LineEditor()
    /// Whether the help is shown instead of the panes.
    public internal(set) var showsHelp = false
    /// A message for the status bar, shown until the next key.
    public internal(set) var remark: String?
    /// The first line of the transcript that is shown; nil shows its end.
    public internal(set) var transcriptTop: Int?
    /// The first line of the side pane that is shown.
    public internal(set) var sideTop = 0
    /// The date at the last tick, RFC 3339.
    public internal(set) var now: String

    /// The attempts that have ended. A delta of such an attempt is late and is dropped.
    var endedAttempts: [EndedAttempt] = []
    /// The parts of the panes that were painted last.
    var transcriptViewport = Viewport(topMax: 0, rows: 1), sideViewport = Viewport(topMax: 0, rows: 1)
    /// Whether a question is not answered yet.
    var isAskingRooms = false, isAskingTree = false
    /// Whether the tree may have changed since it was asked for.
    var isTreeStale = false
    /// The first part of the ids of the requests.
    let requestPrefix: String
    /// How many ids were made; the last part of the newest one.
    var requestsMade = 0

    /// The most events that are kept; `egghead watch` prints earlier ones.
    public static let eventsMax = 1_000
    /// The most ended attempts that are remembered, and the most partial answers that are shown.
    static let turnsMax = 64
    /// The most posts that wait while there is no connection to the broker.
    static let pendingMax = 100

    /// The state at the start, before the first message.
    ///
    /// - Parameters:
    ///   - room: The room to show; nil for the default room.
    ///   - requestPrefix: The first part of the ids of this terminal's requests; different in each run.
    ///   - now: RFC 3339.
    public init(room: RoomName?, requestPrefix: String, now: String) {
        self.room = room
        self.requestPrefix = requestPrefix
        self.now = now
    }
}

/// An attempt of a turn that has ended.
struct EndedAttempt: Hashable, Sendable {
    /// The id of the turn.
    let turn: TurnID
    /// The number of the attempt, from 1; 0 if no delta of the turn was received.
    let attempt: Int
}
