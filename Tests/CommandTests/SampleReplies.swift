import SampleNode
import Services

@testable import egghead

/// What the services of a node answer to the commands under test. Some words contain control characters, as a hostile
/// record or agent could write them.
enum SampleReplies {
    static let problem = RecordProblem(path: "agents/scout.md", line: 4, message: "temperature is 9; 0 to 2 is wanted")

    static let agents: [AgentDefinition] = {
        var scout = AgentDefinition(
            id: "scout", title: "The scout", tags: ["harbour", "tides"], disposition: "You look.\n\tTwice.\u{1B}[2J\n",
            digest: "d1", provider: "local", model: "tiny", temperature: 0.25, maxTokens: 400, contextThreshold: 0.8,
            contextWindow: 8_192, thinking: .low, limits: ResourceLimits(memoryBytes: 256 << 20, cpuPercent: 50),
            quiet: true, budget: SpendingCap(tokens: 10_000),
            capabilities: [Grant(.searchRecords), Grant(.createRecords, [.paths: ["inbox/*"]])])
        scout.problem = problem
        let plain = AgentDefinition(
            id: "team/index", title: "Index\u{7}", tags: [], disposition: "You sort.", digest: "d2", capabilities: [])
        return [scout, plain]
    }()

    /// What the first agent uses; nothing is known of the other.
    static let uses: [AgentID: AgentUse] = {
        let count = TokenUsage(inputTokens: 1_000, outputTokens: 200)
        let spent = SpendingSum(name: "scout", calls: 2, usage: count)
        let usage = Gateway.Usage.Reply(
            today: "2026-11-28", since: "2026-11-28", sums: [spent], total: spent, caps: [], withoutPrice: [])
        return ["scout": AgentUse(of: agents[0], usage: usage, providers: nil)]
    }()

    static let undecided = [
        UndecidedAgent(id: "clerk", problem: RecordProblem(path: "clerk.md", line: nil, message: "no\nfrontmatter"))
    ]

    static let rooms = [
        RoomStatus(
            room: "lobby", head: 12, budgetLeft: 3,
            roster: [
                RosterEntry(agent: "index", title: "Index", activity: .idle, muted: false),
                RosterEntry(agent: "scout", title: "Scout", activity: .thinking, turn: "lobby.7", muted: true),
                RosterEntry(agent: "clerk", title: "Clerk", activity: .handingOff, muted: false),
            ]),
        RoomStatus(room: "empty", head: 0, budgetLeft: 8, roster: []),
    ]

    static let records = [
        record("inbox/tides", "Tides \u{202E}of March", updated: "2026-11-22T12:00:07.123Z"),
        record("short", "Short", updated: "2026"),
    ]

    static let tags = [
        Index.TagCount(tag: "harbour", count: 120), Index.TagCount(tag: "ops/\u{9B}db", count: 3),
    ]

    static let links = [
        Index.Link(id: "harbour", title: "The harbour", authored: true),
        Index.Link(id: "far\u{1B}", title: nil, authored: false, depth: 3),
    ]

    static let hits = [
        SearchHit(record: records[0], snippet: "high\n  water\tat [noon]\u{7}", score: 2),
        SearchHit(record: records[1], snippet: "", score: 1),
    ]

    static let passages = [
        Passage(
            id: "harbour", title: "The harbour", headings: ["Hours", "In \u{1B}winter"], text: "Open\n\n\tat noon.\n",
            score: 1),
        Passage(id: "bare", title: "Bare", headings: [], text: "", score: 0),
    ]

    static let unresolved = [
        Index.UnresolvedLink(id: "harbour", path: "harbour.md", target: "crane", authored: false),
        Index.UnresolvedLink(id: "agents/scout", path: "agents/scout.md", target: "unread", authored: true),
    ]

    static let texts: [RecordID: String] = ["harbour": "# Harbour\n\nSee [[crane]] and [[crane]].\n"]

    static let stats = Broker.Stats.Reply(
        connections: [
            connection(1, "coordinator", pid: 103, address: nil, subscriptions: 14, pending: 0) {
                ($0.messagesIn, $0.bytesIn, $0.messagesOut, $0.bytesOut) = (120, 2_048, 1_400, 3_250_585)
            },
            connection(
                22, "user:e\u{1B}ve", pid: nil, address: "127.0.0.1:4\u{7}", subscriptions: 1, pending: 1_400_000_000),
        ], omitted: 2, subscriptions: 15, heldBytes: 700_000, slowConsumers: 1)

    static let states: [ChildStatus.State] = [
        .ready, .starting, .stopping, .backoff, .quarantined, .misconfigured, .stopped,
    ]

    static let children = states.map { state in
        sampleChild(
            "agent:scout", .worker, "agents", state: state, status: "busy",
            lastExit: ExitReport(kind: .exited, code: 1))
    }

    static let exits = [
        ExitReport(kind: .exited), ExitReport(kind: .exited, code: 80), ExitReport(kind: .signaled),
        ExitReport(kind: .signaled, signal: "SIG\u{7}", core: false),
        ExitReport(kind: .signaled, signal: "SIGSEGV", core: true),
        ExitReport(kind: .oomKilled), ExitReport(kind: .watchdog), ExitReport(kind: .shutdown),
        ExitReport(kind: .failedToStart), ExitReport(kind: .failedToStart, detail: "no\nfile"),
    ]

    private static func connection(
        _ id: UInt64, _ name: String, pid: Int32?, address: String?, subscriptions: Int, pending: Int,
        _ change: (inout Broker.Stats.Connection) -> Void = { _ in }
    ) -> Broker.Stats.Connection {
        var connection = Broker.Stats.Connection(
            id: id, name: name, pid: pid, address: address, subscriptions: subscriptions, pendingBytes: pending)
        change(&connection)
        return connection
    }

    private static func record(_ id: String, _ title: String, updated: String) -> RecordSummary {
        RecordSummary(
            id: RecordID(id), path: id + ".md", title: title, recordClass: .durable, tags: [], author: nil,
            created: nil,
            updated: updated, revision: "r")
    }
}
