import Services

/// Everything that the terminal knows. It changes only by `update`, and `view` draws it.
public struct Model: Sendable, Hashable {
    /// How the connection to the broker is.
    public enum Connection: Sendable, Hashable {
        case connecting, connected, lost
    }

    /// What the keys go to.
    public enum Pane: Sendable, Hashable, CaseIterable {
        case prompt, processes, transcript
    }

    /// Something posted whose event has not come yet.
    public struct Pending: Sendable, Hashable {
        /// How far it has come.
        public enum State: Sendable, Hashable {
            case waiting, sent, acknowledged(number: Int)
        }

        /// The request, with the id that every try repeats.
        public var request: Coordinator.Post.Request
        /// How far it has come.
        public var state: State
    }

    /// The connection.
    public internal(set) var connection = Connection.connecting
    /// The room; nil until the coordinator has told its default one.
    public internal(set) var room: RoomName?
    /// What keeps the transcript without gaps; nil until the room is known.
    public internal(set) var follower: RoomFollower?
    /// The newest events, at most `eventsMax`.
    public internal(set) var events: [RoomEvent] = []
    /// Answers that are being written, in the order of their beginning.
    public internal(set) var streams: [AnswerStream] = []
    /// What was posted and has not come back yet.
    public internal(set) var pending: [Pending] = []
    /// The agents of the room.
    public internal(set) var roster: [RosterEntry] = []
    /// The processes.
    public internal(set) var tree = ProcessTree([])
    /// What the keys go to.
    public internal(set) var pane = Pane.prompt
    /// The line that is being typed.
    public internal(set) var editor = LineEditor()
    /// Whether the help covers the screen.
    public internal(set) var showsHelp = false
    /// Something to tell until the next key.
    public internal(set) var remark: String?
    /// The first line of the transcript shown; nil follows the end.
    public internal(set) var transcriptTop: Int?
    /// The first line of the side pane shown.
    public internal(set) var sideTop = 0
    /// The date, RFC 3339.
    public internal(set) var now: String

    /// Turns that have ended, so that a late delta does not begin their answers again.
    var endedTurns: [EndedTurn] = []
    var transcriptViewport = Viewport(topMax: 0, rows: 1), sideViewport = Viewport(topMax: 0, rows: 1)
    var isAskingRooms = false, isAskingTree = false, isTreeStale = false
    let requestPrefix: String
    var requestsMade = 0

    /// The most events kept; `egghead watch` shows those before.
    public static let eventsMax = 1_000
    /// The most ended turns remembered, and answers shown at once.
    static let turnsMax = 64
    /// The most posts that wait for a broker that is away.
    static let pendingMax = 100

    /// A terminal that has heard of nothing yet.
    ///
    /// - Parameters:
    ///   - room: The room; nil for the default one.
    ///   - requestPrefix: Begins the ids of this terminal's requests; different in each run.
    public init(room: RoomName?, requestPrefix: String, now: String) {
        self.room = room
        self.requestPrefix = requestPrefix
        self.now = now
    }
}

/// A turn of which an attempt has ended.
struct EndedTurn: Hashable, Sendable {
    let turn: TurnID
    let attempt: Int
}
