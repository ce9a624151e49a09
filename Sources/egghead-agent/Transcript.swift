import Models
import Rooms
import Services

/// What an agent knows of a room: the messages it has read, and what its predecessor left.
struct Transcript: Hashable {
    /// The predecessor's hand-off note.
    private(set) var note: String?
    /// The messages, oldest first.
    private(set) var messages: [RoomEvent] = []
    /// The number of the newest event read; nil before the first page.
    private(set) var lastNumber: Int?
    /// The tools that the agent called in its turns, in words, by the number of the event that the turn answered.
    private var doings: [Int: String] = [:]
    /// When the room began that was read: another one may get its name.
    private(set) var began: String?
    /// Whether the session has taken over what there was before it.
    private(set) var isRehydrated = false

    /// Nothing is known of a room yet.
    init() {}

    /// Nothing is known yet of a room that has the name of one that is no more; of that one nothing is taken over.
    private init(of began: String) {
        self.began = began
        isRehydrated = true
    }

    /// The next page to ask for: the newest events at first, later what followed the last one read.
    ///
    /// - Parameter last: The last event to read now, nil for the newest.
    func nextPage(of room: RoomName, upTo last: Int? = nil) -> Coordinator.History.Request {
        if lastNumber == nil, let last {
            // Of two hundred answers to the same message the newest page would hold nothing else.
            return Coordinator.History.Request(
                room: room, after: max(AgentLimits.historyEventsMax, last) - AgentLimits.historyEventsMax,
                limit: AgentLimits.historyEventsMax)
        }
        return Coordinator.History.Request(
            room: room, after: lastNumber,
            limit: lastNumber == nil ? AgentLimits.historyEventsMax : AgentLimits.gapEventsMax)
    }

    /// Takes a page.
    ///
    /// - Parameter last: The last event to read now; what follows it is read in a later turn.
    /// - Returns: Whether the room has more that is not read yet.
    mutating func add(_ page: Coordinator.History.Reply, upTo last: Int? = nil) -> Bool {
        if let began, let now = page.began, began != now {
            self = Transcript(of: now)
            return true  // the page was asked for behind an event of the other room
        }
        began = began ?? page.began
        let known = lastNumber ?? 0, head = min(page.head, last ?? page.head)
        let events = page.events.filter { $0.number <= head }
        messages += events.filter { $0.number > known && $0.type == .message }
        lastNumber = max(known, events.last?.number ?? (lastNumber == nil ? head : known))
        return !events.isEmpty && lastNumber ?? 0 < head
    }

    /// Takes over what the predecessor left and keeps of note and messages what fits, the newest first; the note
    /// gets at most half.
    mutating func rehydrate(note: String?, tokensMax: Int) {
        self.note = note.map { Self.cut($0, tokensMax: max(0, tokensMax / 2)) }
        shorten(tokensMax: tokensMax)
        isRehydrated = true
    }

    /// Keeps the tools that were called in a turn, however it ended, to be told after the message that it answered.
    mutating func remember(_ exchanges: [ToolExchange], after number: Int) {
        if !exchanges.isEmpty { doings[number] = ToolExchange.words(exchanges) }
    }

    /// What the agent called in its turn on a message, told by the program.
    func doing(after message: RoomEvent) -> ChatMessage? {
        doings[message.number].map { ChatMessage(.user, $0) }
    }

    /// Forgets the oldest messages until note and messages are no more than this.
    mutating func shorten(tokensMax: Int) {
        var left = tokensMax - TokenEstimate.tokens(in: note ?? "")
        let kept = messages.reversed().prefix { message in
            left -= Self.cost(of: message) + TokenEstimate.tokens(in: doings[message.number] ?? "")
            return left >= 0
        }
        messages = kept.reversed()
        let numbers = Set(messages.map(\.number))
        doings = doings.filter { numbers.contains($0.key) }
    }

    /// Whether a prompt could be shorter without what came before this turn.
    func isWorthShortening(for turn: TurnRequest) -> Bool {
        note != nil || messages.contains { $0.number != turn.number }
    }

    /// What a message costs in a prompt, with its speaker's name and what is said of the speaker. Of an agent's answer
    /// the prompt holds its own words and not the passages that it quotes.
    private static func cost(of message: RoomEvent) -> Int {
        let isAgents = message.from.agent != nil
        let text = isAgents ? GroundedAnswer.modelWords(in: message.text) : message.text
        return TokenEstimate.tokensPerMessage + TokenEstimate.tokens(in: message.from.rawValue) + 8
            + TokenEstimate.tokens(in: text)
    }

    /// The beginning of a text.
    static func cut(_ text: String, tokensMax: Int) -> String {
        let bytesMax = tokensMax * TokenEstimate.bytesPerToken
        return text.utf8.count > bytesMax ? text.prefix(bytesMax: bytesMax) + "…" : text
    }
}
