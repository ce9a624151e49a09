import Services

@testable import egghead_agent

/// Values that the tests share; what a test is about it changes itself.
enum Sample {
    static let agent = AgentDefinition(
        id: "scout", title: "Scout", tags: ["ops"], disposition: "You are Scout.", digest: "d1")
    static let local = ModelFacts(
        provider: "local", model: "smollm2", window: 4_096, threshold: 0.8, tools: false, isLocal: true)
    static let remote = ModelFacts(
        provider: "cloud", model: "large", window: 8_000, threshold: 0.5, tools: true, isLocal: false)
    static let settings = AgentSettings(id: "scout", digest: "d1", contextThreshold: 0.8)
    static let passage = Passage(
        id: "guides/rollback", title: "Rollback", headings: ["When a release is bad"],
        text: "Run `deploy --to previous`.",
        score: 2)

    static func turn(
        _ id: TurnID = "lobby.1", attempt: Int = 1, room: RoomName = "lobby", number: Int = 1,
        text: String = "How do I roll back?",
        answersBefore: Int = 0, agent: AgentDefinition = agent
    ) -> TurnRequest {
        TurnRequest(
            turn: id, attempt: attempt, room: room, number: number, from: "user:ann", text: text,
            answersBefore: answersBefore, agent: agent)
    }

    static func message(_ number: Int, _ from: Principal, _ text: String, type: RoomEvent.Kind = .message) -> RoomEvent
    {
        RoomEvent(number: number, at: "2026-11-22T08:30:00.000Z", room: "lobby", type: type, from: from, text: text)
    }

    static func page(_ events: [RoomEvent], head: Int? = nil) -> Coordinator.History.Reply {
        Coordinator.History.Reply(room: "lobby", head: head ?? events.last?.number ?? 0, events: events)
    }

    static func providers(tools: Bool, isLocal: Bool, window: Int = 4_096) -> Gateway.Providers.Reply {
        Gateway.Providers.Reply(
            providers: [
                ProviderInfo(name: "p", model: "m", contextWindow: window, tools: tools, isLocal: isLocal)
            ], defaultProvider: "p")
    }

    static func done(_ sequence: Int, tokens: Int? = nil, stop: ChatOutcome.StopReason = .end) -> ChatChunk {
        let usage = tokens.map { TokenUsage(inputTokens: TokenCount($0 - 10), outputTokens: 10) }
        return ChatChunk(
            sequence: sequence, done: ChatOutcome(stopReason: stop, usage: usage, provider: "p", model: "m"))
    }

    static func record(_ id: RecordID, body: String) -> RecordReply {
        RecordReply(
            summary: RecordSummary(
                id: id, path: "\(id).md", title: id.rawValue, recordClass: .deliberation, tags: [],
                author: "agent:scout",
                created: nil,
                updated: "2026-11-22T08:30:00.000Z", revision: "r"),
            fields: [:], body: body)
    }
}

extension ChatMessage {
    /// What it says, whether in words or as an outcome.
    var text: String {
        content.reduce(into: "") { text, part in
            switch part {
            case .text(let words), .outcome(of: _, text: let words): text += words
            case .call, .opaque: break
            }
        }
    }

    /// The call whose outcome it tells.
    var outcomeID: String? {
        if case .outcome(of: let id, text: _)? = content.first { id } else { nil }
    }
}
