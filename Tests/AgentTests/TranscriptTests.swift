import Services
import Testing

@testable import egghead_agent

@Suite struct TranscriptTests {
    @Test func `the first page is the newest, the next ones follow the last event read`() {
        var transcript = Transcript()
        #expect(transcript.nextPage(of: "lobby") == .init(room: "lobby", after: nil, limit: 100))
        #expect(transcript.add(Sample.page([Sample.message(7, "user:ann", "a")])) == false)
        #expect(transcript.nextPage(of: "lobby") == .init(room: "lobby", after: 7, limit: 500))
        #expect(transcript.add(Sample.page([Sample.message(8, "user:ann", "b")], head: 9)) == true)
        #expect(
            transcript.add(Sample.page([Sample.message(8, "user:ann", "b"), Sample.message(9, "user:ann", "c")]))
                == false)
        #expect(transcript.messages.map(\.text) == ["a", "b", "c"])
    }

    @Test func `an empty room is read to its head`() {
        var transcript = Transcript()
        #expect(transcript.add(Sample.page([])) == false)
        #expect(transcript.lastNumber == 0)
    }

    @Test func `actions and notices are counted and not kept`() {
        var transcript = Transcript()
        _ = transcript.add(Sample.page([Sample.message(1, "agent:scout", "passes", type: .action)]))
        #expect(transcript.messages.isEmpty)
        #expect(transcript.lastNumber == 1)
    }
}
