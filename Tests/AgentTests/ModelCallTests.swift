import Services
import Testing
import Time

@testable import egghead_agent

@Suite struct ModelCallTests {
    private static let request = Gateway.Chat.Request(id: "lobby.1/1", messages: [ChatMessage(.user, "?")])

    private static func rejoin(from next: Int) -> ModelCall.Step {
        .rejoin(Gateway.Chat.Request(id: "lobby.1/1", from: next, messages: request.messages))
    }

    @Test(
        arguments: [
            ([0, 1, 2], [.words("0"), .words("1"), .words("2")], "012"),
            ([0, 0, 1], [.words("0"), .nothing, .words("1")], "01"),
            ([0, 2], [.words("0"), rejoin(from: 1)], "0"),
            ([1], [rejoin(from: 0)], ""),
            ([0, 2, 1, 2], [.words("0"), rejoin(from: 1), .words("1"), .words("2")], "012"),
            ([0, 1, 0, 1, 2], [.words("0"), .words("1"), .nothing, .nothing, .words("2")], "012"),
        ] as [([Int], [ModelCall.Step], String)])
    func `every chunk counts once and a lost one is asked for again`(
        sequences: [Int], steps: [ModelCall.Step], text: String
    ) {
        var call = ModelCall("lobby.1/1", Self.request, at: .zero)
        #expect(sequences.map { call.receive(ChatChunk(sequence: $0, text: "\($0)"), at: .zero) } == steps)
        #expect(call.text == text)
    }

    @Test func `a failure that comes twice is told once`() {
        var call = ModelCall("lobby.1/1", Self.request, at: .zero)
        let failure = ProviderFailure(.unauthorized, "the key is wrong")
        let chunk = ChatChunk(sequence: 0, error: failure)
        #expect([call.receive(chunk, at: .zero), call.receive(chunk, at: .zero)] == [.failed(failure), .nothing])
    }

    @Test func `a stream that the bus keeps breaking is given up, and a chunk between forgives`() {
        var call = ModelCall("lobby.1/1", Self.request, at: .zero)
        #expect((0..<AgentLimits.rejoinsMax).allSatisfy { _ in call.broke(at: .zero) })
        _ = call.receive(ChatChunk(sequence: 0, text: "a"), at: .zero)
        #expect((0..<AgentLimits.rejoinsMax).allSatisfy { _ in call.broke(at: .zero) })
        let goesOn = call.broke(at: .zero)
        #expect(!goesOn)
    }
}
