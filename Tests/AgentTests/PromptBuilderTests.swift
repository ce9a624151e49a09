import Models
import Services
import Testing

@testable import egghead_agent

@Suite struct PromptBuilderTests {
    private let builder = PromptBuilder(agent: Sample.agent, model: Sample.remote)

    private func transcript(_ events: [RoomEvent], note: String? = nil, tokensMax: Int = 10_000) -> Transcript {
        var transcript = Transcript()
        _ = transcript.add(Sample.page(events))
        transcript.rehydrate(note: note, tokensMax: tokensMax)
        return transcript
    }

    @Test func `passages that an answer quotes cost it no place, since the prompt holds its own words alone`() {
        let mark = "*In the words of a small local model, to be checked against the notes:*"
        let quoted = "> " + String(repeating: "quoted ", count: 400) + "\n\n\(mark)\n\nRoll back."
        let read = transcript([Sample.message(1, "agent:scout", quoted)], tokensMax: 100)
        let prompt = builder.prompt(for: Sample.turn(number: 2), after: read, grounding: .passages([])).messages
        #expect(prompt.map(\.role) == [.system, .assistant, .user])
        #expect(prompt.dropFirst().first?.text == "Roll back.")
    }

    @Test func `each speaker is named, agents are marked, own words are the assistant's, the question comes last`() {
        let read = transcript([
            Sample.message(1, "user:ann", "Hello"), Sample.message(2, "agent:critic", "I doubt it"),
            Sample.message(3, "agent:scout", "Good day"), Sample.message(4, "user:ann", "@scout How do I roll back?"),
            Sample.message(5, "coordinator", "budget spent", type: .notice),
        ])
        let prompt = builder.prompt(for: Sample.turn(number: 4), after: read, grounding: .passages([Sample.passage]))
            .messages
        #expect(prompt.map(\.role) == [.system, .user, .assistant, .user])
        #expect(
            prompt.dropFirst().map(\.text) == [
                "ann: Hello\n\ncritic (another agent, its words): I doubt it", "Good day",
                "Passages of the notes:\n\n[[guides/rollback]] Rollback › When a release is bad\n"
                    + "Run `deploy --to previous`.\n\nann: How do I roll back?",
            ])
    }

    @Test func `the system message holds the disposition and the predecessor's note`() {
        let prompt = builder.prompt(
            for: Sample.turn(), after: transcript([], note: "Ann rolls back."), grounding: .passages([])
        ).messages
        #expect(prompt[0].text.hasPrefix("You are Scout.\n\n"))
        #expect(prompt[0].text.hasSuffix("What you knew before, in your own note:\nAnn rolls back."))
    }

    @Test(arguments: [(nil, nil), (500, 500), (7_000, 2_000)] as [(Int?, Int?)])
    func `an answer gets at most a quarter of the window, whatever the record says`(wanted: Int?, got: Int?) {
        var agent = Sample.agent
        agent.maxTokens = wanted
        #expect(PromptBuilder(agent: agent, model: Sample.remote).answerTokensMax(.passages([])) == got)
    }

    @Test func `a successor is told that its predecessor was interrupted`() {
        var turn = Sample.turn()
        turn.note = "its process died"
        let prompt = builder.prompt(for: turn, after: Transcript(), grounding: .passages([])).messages
        #expect(
            prompt.last?.text
                == "Your answer to this was interrupted before: its process died\n\nann: How do I roll back?")
    }

    @Test func `what was sent once is sent again as it was, so that vendors find it in their caches`() {
        let exchanges = (1...3).map { number in
            ToolExchange(
                said: "I look.",
                calls: [
                    MadeToolCall(
                        ToolCall(id: "c\(number)", name: "get_record", arguments: #"{"id":"x"}"#),
                        outcome: ToolOutcome(.done, "text \(number)"))
                ])
        }
        let tool = ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))
        var read = transcript([Sample.message(1, "user:ann", "Hello"), Sample.message(2, "agent:scout", "Good day")])
        let turn = Sample.turn(number: 3), passages = Grounding.passages([Sample.passage])
        let steps = (0...3).map { count in
            builder.prompt(
                for: turn, after: read, grounding: passages, exchanges: Array(exchanges.prefix(count)), menu: [tool]
            ).messages
        }
        for (step, next) in zip(steps, steps.dropFirst()) { #expect(Array(next.prefix(step.count)) == step) }
        // The next turn tells the question without the passages, and nothing before it in other words.
        _ = read.add(
            Sample.page([Sample.message(3, "user:ann", turn.text), Sample.message(4, "agent:scout", "So it is.")]))
        let next = builder.prompt(
            for: Sample.turn("lobby.2", number: 5, text: "And then?"), after: read, grounding: .passages([]))
        #expect(Array(next.messages.prefix(steps[0].count - 1)) == steps[0].dropLast())
    }

    @Test(arguments: [200, 400, 1_000, 4_000, 100_000])
    func `a prompt keeps its bound, drops the oldest first, and always holds the question`(tokensMax: Int) {
        let events = (1...200).map {
            Sample.message($0, $0.isMultiple(of: 2) ? "user:ann" : "agent:scout", "message \($0)")
        }
        let prompt = builder.prompt(
            for: Sample.turn(number: 201), after: transcript(events), grounding: .passages([]), tokensMax: tokensMax
        ).messages
        #expect(TokenEstimate.tokens(in: prompt) <= tokensMax)
        #expect(prompt.last?.text.hasSuffix("How do I roll back?") == true)
        let words = prompt.map(\.text).joined(separator: "\n")
        let kept = events.filter { words.contains($0.text + "\n") || words.hasSuffix($0.text) }.map(\.number)
        #expect(kept == Array((201 - kept.count)..<201))
    }

    @Test(arguments: [(1_000, 0.8), (4_096, 0.8), (8_000, 0.5), (180_000, 0.9)])
    func `a new session takes at most half of the threshold from what was before`(window: Int, threshold: Double) {
        var model = Sample.local
        model.window = window
        model.threshold = threshold
        let builder = PromptBuilder(agent: Sample.agent, model: model)
        let events = (1...100).map { Sample.message($0, "user:ann", String(repeating: "word ", count: 400)) }
        let read = transcript(
            events, note: String(repeating: "note ", count: 9_000), tokensMax: builder.rehydrationTokensMax)
        let taken =
            TokenEstimate.tokens(in: read.note ?? "")
            + read.messages.reduce(0) { $0 + 4 + TokenEstimate.tokens(in: $1.text) }
        #expect(taken + TokenEstimate.tokens(in: Sample.agent.disposition) <= model.thresholdTokens / 2 + 1)
    }

    @Test func `passages get a quarter of the threshold, the best first`() {
        var long = Sample.passage
        long.text = String(repeating: "word ", count: 1_000)
        let prompt = PromptBuilder(agent: Sample.agent, model: Sample.local)
            .prompt(for: Sample.turn(), after: Transcript(), grounding: .passages([Sample.passage, long, long]))
            .messages
        #expect(prompt.last?.text.contains(Sample.passage.text) == true)
        #expect(TokenEstimate.tokens(in: prompt.last?.text ?? "") < Sample.local.thresholdTokens / 4 + 40)
    }

    @Test(
        arguments: [
            (true, nil, [Sample.passage], nil), (true, 50, [], 50), (false, nil, [Sample.passage], 96),
            (false, nil, [], 40),
            (false, 50, [], 50),
        ] as [(Bool, Int?, [Passage], Int?)])
    func `a model that is not trusted is kept short`(tools: Bool, record: Int?, passages: [Passage], tokensMax: Int?) {
        var agent = Sample.agent, model = Sample.local
        agent.maxTokens = record
        model.tools = tools
        #expect(PromptBuilder(agent: agent, model: model).answerTokensMax(.passages(passages)) == tokensMax)
    }

    @Test(arguments: [
        ("abcdefgh", 2, "abcdefgh"), ("abcdefghi", 2, "abcdefgh…"), ("äöüß€", 1, "äö…"), ("a€€", 1, "a€…"),
        ("abc", 0, "…"),
    ])
    func `text is cut between characters`(text: String, tokens: Int, cut: String) {
        #expect(Transcript.cut(text, tokensMax: tokens) == cut)
    }
}
