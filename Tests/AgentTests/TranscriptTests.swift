import Services
import Testing

@testable import egghead_agent

@Suite struct TranscriptTests {
    @Test func `a blind turn reads what was said before it, and the next one the rest`() {
        var transcript = Transcript()
        let events = (1...5).map { Sample.message($0, "user:ann", "word \($0)") }
        #expect(transcript.add(Sample.page(events), upTo: 3) == false)
        #expect(transcript.messages.map(\.number) == [1, 2, 3])
        #expect(transcript.nextPage(of: "lobby").after == 3)
        #expect(Transcript().nextPage(of: "lobby", upTo: 500).after == 500 - AgentLimits.historyEventsMax)
        #expect(Transcript().nextPage(of: "lobby", upTo: 5).after == 0)
        #expect(transcript.add(Sample.page(Array(events.suffix(2)), head: 5)) == false)
        #expect(transcript.messages.map(\.number) == [1, 2, 3, 4, 5])
    }

    @Test func `of a room that has the name of another one everything is read, and nothing is kept of that one`() {
        var transcript = Transcript()
        var page = Sample.page([Sample.message(7, "user:ann", "old")])
        page.began = "2026-11-22T08:00:00.000Z"
        #expect(transcript.add(page) == false)
        transcript.rehydrate(note: "old note", tokensMax: 1_000)
        var other = Sample.page([], head: 2)
        other.began = "2026-11-23T08:00:00.000Z"
        #expect(transcript.add(other) == true)
        #expect(transcript.nextPage(of: "lobby") == .init(room: "lobby", after: nil, limit: 100))
        #expect(transcript.messages.isEmpty && transcript.note == nil && transcript.isRehydrated)
    }

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
