import Services
import Testing

/// Turns that make no progress, with real processes.
@Suite(.serialized) struct StuckTurnTests {
    /// The least that `config.yml` takes, so that the test does not wait for long.
    private static let room = "room: {turn_timeout: 20s}\n"

    @Test func `a model that says nothing more costs its turn and the process, and the next message is answered`()
        throws
    {
        let node = try TestNode(idleTimeout: "10m", configuration: Self.room)
        try node.start()
        let before = try #require(node.pid(of: "agent:index"))
        let asked = try node.egghead("chat", "are you there? fake:stall", "--wait")
        #expect(asked.status == 1, "\(asked)")
        let notice = try #require(try node.history().last)
        #expect(notice.type == .notice)
        #expect(
            notice.text
                == "@index made no progress for 20 seconds: its turn has ended and its process is restarted. "
                + "See: egghead logs agent:index")
        #expect(waits(for: 30) { node.pid(of: "agent:index").map { $0 != before } == true && node.isReady })
        let status = try #require(node.children.first { $0.name == "agent:index" })
        #expect(status.lastExit == ExitReport(kind: .shutdown))
        #expect(try node.egghead("chat", "and now? fake:normal", "--wait").status == 0)
        #expect(try node.history().last?.from == "agent:index")
        #expect(node.pid(of: "coordinator") != nil && node.daemon?.errors.contains("agent.restart.failed") == false)
    }

    @Test func `an answer that takes longer than the limit goes on as long as words come`() throws {
        let node = try TestNode(configuration: Self.room)
        try node.start()
        let before = node.pid(of: "agent:index")
        // 350 words, 70 ms apart: 24.5 seconds.
        #expect(try node.egghead("chat", "go on and on fake:slow=350", "--wait").status == 0)
        #expect(node.pid(of: "agent:index") == before)
    }
}
