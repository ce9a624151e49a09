import Services
import Supervision
import Testing

/// What the restarts of a child are counted as.
@Suite struct RestartCauseTests {
    private func words(_ world: FakeWorld, _ id: ChildID) -> String? {
        world.tree.status(of: id)?.restartCauses.words
    }

    @Test func `each restart is counted by its cause`() {
        var world = FakeWorld.ofAgents(statuses: .egghead)
        world.declare(["a": "1"])
        #expect(words(world, "agent:a") == "")
        world.die("agent:a")
        #expect(words(world, "agent:a") == "1 crash")
        world.die("agent:a", .exited(code: 80))
        world.declare(["a": "2"])
        world.order(.restart("agent:a"))
        world.die("agent:a", .exited(code: 0))
        #expect(words(world, "agent:a") == "1 crash, 1 handoff, 1 edit, 1 order, 1 exit")
        #expect(world.tree.status(of: "agent:a")?.restarts == 5)
        world.order(.stop("agent:a"))
        world.order(.start("agent:a"))
        #expect(words(world, "agent:a") == "1 crash, 1 handoff, 1 edit, 2 order, 1 exit")
    }

    @Test func `what restarts because of another child is a sibling's restart, and its children count anew`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1"])
        world.die("agent:a")
        world.die("llm")
        #expect(words(world, "llm") == "1 crash")
        #expect(words(world, "agents") == "1 sibling")
        #expect(words(world, "agent:a") == "")
    }
}
