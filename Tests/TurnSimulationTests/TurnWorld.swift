import Capabilities
import Services
import Time

@testable import egghead_agent
@testable import egghead_toolbox

/// Turns of one agent, with everybody who has a part in their calls: the cores of the agent and of the toolbox are the
/// real ones, broker, store, disk, coordinator and model are played.
///
/// ```
/// agent ──► line ──► toolbox ──► store      a line is what the broker has not read of a process's socket; whoever is
///   ▲        (broker)   │  ▲        │       killed loses what only it knew, whoever is held reads nothing
///   └───────────────────┘  └────────┘
/// ```
///
/// What happens next is chosen from outside. `fault` is the first thing that must not happen.
final class TurnWorld {
    /// Who can die or be held up.
    enum Process: CaseIterable {
        case agent, toolbox, store, broker, coordinator
    }

    /// Who waits for an answer of the toolbox.
    struct Asker: Hashable {
        let life: Int, number: Int
    }

    /// What an agent asks of the toolbox.
    enum Message {
        case call(Toolbox.Call.Request, Asker)
        case calls(Toolbox.Calls.Request, Asker)
    }

    /// What the toolbox answers.
    enum Reply {
        case outcome(Result<ToolOutcome, ServiceFailure>)
        case calls(Toolbox.Calls.Reply)
    }

    /// A process of the agent.
    struct AgentLife {
        var core: Agent
        /// The requests that the toolbox has not answered, by their numbers.
        var open: [Int: AgentRequest] = [:]
        var chats: [(id: ChatID, request: Gateway.Chat.Request)] = []
        var reports: [Coordinator.Finish.Request] = []
    }

    /// What the toolbox asks of the store.
    enum Question {
        case grants(ToolMonitor<Asker>.Ticket)
        case run(AuthorizedCall)
    }

    /// A process of the toolbox.
    struct ToolboxLife {
        var monitor: ToolMonitor<Asker>
        var input: [Message] = []
        /// What its monitor has decided and it has not done yet.
        var work: [ToolMonitor<Asker>.Action] = []
        /// What the store has not answered, by their numbers.
        var open: [Int: Question] = [:]
        var replies: [(number: Int, result: StoreReply)] = []
    }

    /// What the store answers.
    enum StoreReply {
        case grants(Result<Authority, ServiceFailure>)
        case done
    }

    /// A turn as the coordinator has it.
    struct Turn {
        let id: TurnID
        var attempt = 0
        var leasedTo: Int?
        var deaths = 0
        /// How often its process was lost, for whatever reason.
        var losses = 0
        var isOver = false
    }

    /// The models, in the order of `turns`.
    let models: [ScriptedModel]
    /// Whether the broker takes nothing more from a process once its successor is connected, as it does. If not, it
    /// carries the newest process's messages first.
    let brokerKeepsOrder: Bool
    /// What the store says of an agent's grants.
    var grants: () -> Result<Authority, ServiceFailure> = { .success(Authority(capabilities: nil)) }

    var now = Instant(nanoseconds: 1_000_000_000_000)
    var turns: [Turn]
    var agent: AgentLife?
    var lives = 0, numbers = 0
    /// What the broker has not read, by the life of its sender.
    var lines: [(life: Int, messages: [Message])] = []
    var toAgent: [(asker: Asker, reply: Reply)] = []
    var toolbox = ToolboxLife(monitor: ToolMonitor(ledger: ToolLedger()))
    var disk: [ToolJournalEntry] = [], synced = 0
    var storeInput: [(number: Int, question: Question)] = []
    var storeDone: [(number: Int, result: StoreReply)] = []
    var held: Set<Process> = []

    /// The calls that agents have made for each intention, and those of them that some model was told not to have made.
    var made: [Intention: [String]] = [:], void: Set<String> = []
    /// The notes that there are, by the id of the request that made each.
    var notes: [String: Intention] = [:]
    /// What was told last of each intention.
    var lastTold: [Intention: ScriptedModel.Told] = [:]
    private(set) var fault: String?
    /// What has happened; told in words only when a test fails.
    private(set) var history: [Entry] = []

    /// One line of the history.
    enum Entry {
        case happened(Happening), killed(Process), powerCut
    }

    /// A world in which nothing has happened.
    ///
    /// - Parameter plans: How many calls each step of each turn makes; every turn has a room of its own.
    init(plans: [[Int]], brokerKeepsOrder: Bool = true) {
        self.brokerKeepsOrder = brokerKeepsOrder
        models = plans.enumerated().map { number, plan in
            ScriptedModel(
                turn: TurnID(room: RoomName(rawValue: "room\(number)") ?? "lobby", number: 1), callsOfSteps: plan)
        }
        turns = models.map { Turn(id: $0.turn) }
    }

    /// Whether every turn is over.
    var isOver: Bool { turns.allSatisfy(\.isOver) }

    func note(_ entry: Entry) { history.append(entry) }

    func fail(_ reason: String) { fault = fault ?? reason }

    func nextNumber() -> Int {
        numbers += 1
        return numbers
    }

    // MARK: What must hold

    /// A prompt is sent: what it says must be true, and must stay true.
    func check(_ request: Gateway.Chat.Request, of turn: TurnID) {
        guard let model = models.first(where: { $0.turn == turn }), request.tools != nil else { return }
        let readings = model.reading(request.messages)
        for intention in model.steps.joined() where intention.isWrite {
            let told = readings[intention]?.told ?? .nothing
            lastTold[intention] = told
            let isThere = notes.values.contains(intention)
            switch told {
            case .unknown: break
            case .done: if !isThere { fail("\(intention.title) is told as done, and is not") }
            case .nothing, .notDone:
                if isThere { fail("\(intention.title) is told as \(told), and is done") }
                void.formUnion(made[intention] ?? [])
            }
        }
    }

    /// The store makes a note.
    func makeNote(_ request: Store.Create.Request, of call: AuthorizedCall) {
        guard notes[request.request] == nil else { return }  // the store knows the request again
        guard
            let intention = models.flatMap(\.steps).joined().first(where: {
                request.fields["title"] == .string($0.title)
            })
        else { return fail("a note that nobody wants: \(request)") }
        if notes.values.contains(intention) { fail("\(intention.title) is made twice") }
        if void.contains(call.id) { fail("\(call.id) was told as not called, and runs") }
        notes[request.request] = intention
    }

    /// A turn has ended with an answer: all that its model wanted is there, as far as it was told so.
    func checkEnd(of turn: TurnID) {
        for (intention, told) in lastTold where intention.turn == turn && told == .done {
            if !notes.values.contains(intention) { fail("\(intention.title) is told as done, and is not") }
        }
    }
}
