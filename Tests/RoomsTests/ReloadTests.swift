import Services
import Testing

@testable import Rooms

struct ReloadTests {
    private static let scout = TurnTests.scout

    /// Scout has spoken in the lobby, and nowhere else.
    private static func spoken() -> Scene {
        var scene = TurnTests.running()
        scene.finish("lobby.1", "fine", by: "scout")
        scene.post("@index hello", room: "kitchen")
        return scene
    }

    private static func changed(_ change: (inout AgentDefinition) -> Void) -> [AgentDefinition] {
        var agent = scout
        change(&agent)
        return [RoomsTests.agent("index"), agent]
    }

    /// What agents have said of themselves in a room.
    private static func lines(_ scene: Scene, room: RoomName = "lobby") -> [String] {
        (scene.state.ledger[room]?.events ?? []).filter { $0.text.hasPrefix("reloaded") }.map {
            "\($0.from) \($0.text)"
        }
    }

    @Test func `what comes into force in place is told at once, once, where the agent has spoken`() {
        var scene = Self.spoken()
        let agents = Self.changed {
            $0.tags = ["storms"]
            $0.title = "Storm scout"
        }
        scene.storeAnswers(agents)
        scene.storeAnswers(agents)
        scene.hello("scout")
        #expect(Self.lines(scene) == ["agent:scout reloaded: title, tags changed"])
        #expect(scene.lobby.events.last?.type == .action)
        #expect(Self.lines(scene, room: "kitchen") == [])
    }

    @Test func `what needs a new process is told when that has come, with what changed meanwhile`() {
        var scene = Self.spoken()
        scene.storeAnswers(
            Self.changed {
                $0.model = "large"
                $0.digest = "d2"
            })
        scene.storeAnswers(
            Self.changed {
                $0.model = "large"
                $0.tags = ["storms"]
                $0.digest = "d2"
            })
        scene.hello("scout")
        #expect(Self.lines(scene) == [], "it is the old process that speaks")
        scene.exit("scout", ExitReport(kind: .shutdown), state: .starting)
        scene.hello("scout", incarnation: 2, digest: "d2")
        #expect(Self.lines(scene) == ["agent:scout reloaded: model, tags changed"])
    }

    @Test func `a process that is there before the store's word waits for it`() {
        var scene = Self.spoken()
        scene.exit("scout", ExitReport(kind: .shutdown), state: .starting)
        scene.hello("scout", incarnation: 2, digest: "d2")
        #expect(Self.lines(scene) == [])
        scene.storeAnswers(
            Self.changed {
                $0.disposition = "Other words."
                $0.digest = "d2"
            })
        #expect(Self.lines(scene) == ["agent:scout reloaded: text changed"])
    }

    @Test func `a change that is taken back before it came into force is not told`() {
        var scene = Self.spoken()
        scene.storeAnswers(Self.changed { $0.digest = "d2" })
        scene.storeAnswers([agent("index"), Self.scout])
        scene.hello("scout")
        #expect(Self.lines(scene) == [])
    }

    @Test func `a room where it has a turn is told, and one that it was sent away from is not`() {
        var scene = Self.spoken()
        scene.post("@scout and here?", room: "kitchen")
        scene.manage(.kick, "scout")
        scene.storeAnswers(Self.changed { $0.quiet = true })
        #expect(Self.lines(scene, room: "kitchen") == ["agent:scout reloaded: quiet changed"])
        #expect(Self.lines(scene) == [])
    }

    @Test func `the first word of the store, and the return of an agent, are no change`() {
        var scene = Self.spoken()
        scene.restart(agents: Self.changed { $0.quiet = true })
        #expect(Self.lines(scene) == [])
        scene.storeAnswers([agent("index")])
        scene.storeAnswers(Self.changed { $0.title = "Back" })
        #expect(Self.lines(scene) == [])
    }

    @Test func `an agent of which a new store cannot tell stays as it was, and one that was never there is none`() {
        var scene = Self.spoken()
        let problem = RecordProblem(path: "scout.md", line: 3, message: "temperature is no number")
        let undecided = (["scout", "note"] as [AgentID]).map { UndecidedAgent(id: $0, problem: problem) }
        scene.handle(.agentsListed([agent("index")], undecided: undecided))
        #expect(scene.state.agents.definitions.map(\.id) == ["index", "scout"])
        #expect(scene.lastText == "@scout keeps its previous record: scout.md:3: temperature is no number")
        scene.post("@scout and now?", room: "hall")
        scene.handle(.agentsListed([agent("index")], undecided: undecided))
        #expect(scene.offers.map(\.turn) == ["hall.1"])
        scene.handle(.agentsListed([agent("index")]))
        #expect(scene.state.agents.definitions.map(\.id) == ["index"])
    }

    @Test func `a record that became invalid is told once, and again when it is wrong in another way`() {
        var scene = Self.spoken()
        func wrong(_ message: String) -> [AgentDefinition] {
            Self.changed { $0.problem = RecordProblem(path: "scout.md", line: 3, message: message) }
        }
        func notices() -> [String] {
            scene.lobby.events.map(\.text).filter { $0.contains("keeps its previous record") }
        }
        scene.storeAnswers(wrong("temperature is no number"))
        scene.storeAnswers(wrong("temperature is no number"))
        #expect(notices() == ["@scout keeps its previous record: scout.md:3: temperature is no number"])
        #expect(scene.lobby.events.last?.type == .notice)
        scene.storeAnswers(wrong("quiet is neither"))
        #expect(notices().count == 2)
        scene.storeAnswers([agent("index"), Self.scout])
        #expect(notices().count == 2)
        #expect(Self.lines(scene) == [], "what it says is what it said")
    }
}
