import JSON
import Services
import Testing

@testable import Rooms

/// Many agents, many rooms, long transcripts.
struct ScaleTests {
    @Test func `two hundred agents in one room answer in order, none of them twice`() {
        let agents = (0..<200).map { agent(AgentID("a\(1_000 + $0)")) }
        var scene = Scene(agents)
        scene.post("@everyone, hello")
        scene.storeAnswers()
        var spoke: [AgentID] = []
        while let offer = scene.offers.first, spoke.count < 300 {
            spoke.append(offer.agent.id)
            scene.finish(offer.turn, "Hello from \(offer.agent.id).", by: offer.agent.id)
            scene.storeAnswers()
        }
        #expect(spoke == agents.map(\.id))
        #expect(scene.lobby.events.dropFirst().map(\.text) == agents.map { "Hello from \($0.id)." })
        scene.post("@jam, at once")
        scene.storeAnswers()
        #expect(scene.offers.count == 200)
    }

    @Test func `fifty rooms go on beside each other`() throws {
        let rooms = try (0..<50).map { try #require(RoomName(rawValue: "room\($0)")) }
        var scene = Scene([agent("index"), agent("scout")])
        for round in 0..<20 {
            for room in rooms { scene.post("round \(round)", room: room) }
            while let room = scene.state.ledger.rooms.first(where: { !$0.openTurns.isEmpty }) {
                scene.storeAnswers()
                scene.finish(room.openTurns[0].id, "answer \(round)", by: "index")
            }
        }
        for room in rooms {
            let texts = scene.state.ledger[room]?.events.map(\.text)
            #expect(texts == (0..<20).flatMap { ["round \($0)", "answer \($0)"] })
        }
    }

    @Test func `ten thousand messages are read page by page, also after a restart`() throws {
        var scene = Scene([agent("index")], up: false)
        for number in 1...10_000 { scene.post("@ann \(number)") }  // to a person, so that nobody answers
        scene.restart(agents: [agent("index")])
        var read: [RoomEvent] = []
        while true {
            let request = Coordinator.History.Request(room: "lobby", after: read.last?.number ?? 0, limit: 500)
            let page = try JSON.decode(
                Coordinator.History.Reply.self, from: scene.state.history(request).get().json)
            read += page.events
            if read.count == page.head || page.events.isEmpty { break }
        }
        #expect(read.map(\.number) == Array(1...10_000))
        #expect(read.map(\.text) == (1...10_000).map { "@ann \($0)" })
    }
}
