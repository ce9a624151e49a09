import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// What rooms are told of calls that run for long.
@Suite struct LongCallsTests {
    private func call(_ id: String, _ code: String = "[\"true\"]") throws -> AuthorizedCall {
        let grant = Grant(.execute, [.patterns: ["*", "* *"]])
        var call = try AuthorizedCall(
            ToolCall(id: id, name: "proc_exec", arguments: "{\"command\":\(code)}"), of: "scout",
            authority: Authority(capabilities: [grant], sandbox: FilePath("/srv")), menu: Tool.processes)
        call.turn = "lobby.7"
        return call
    }

    @Test func `an hour is nine lines, and a call that has ended none`() throws {
        var calls = LongCalls(), told: [String] = []
        calls.begin(try call("long"))
        for second in 1...3_600 {
            if second == 15 { calls.begin(try call("short")) }
            if second == 26 { calls.end(ToolCallKey(caller: "agent:scout", id: "short")) }
            told += calls.pass().map { "\($0.call.id) \($0.seconds)" }
        }
        #expect(
            told == [
                "long 10", "long 20", "short 10", "long 40", "long 80", "long 160", "long 320", "long 640", "long 1280",
                "long 2560",
            ])
    }

    @Test func `how to stop it is said once, and what is long is cut`() throws {
        var calls = LongCalls()
        calls.begin(try call("a", "[\"echo\",\"\(String(repeating: "é", count: 200))\"]"))
        let told = (1...20).flatMap { _ in calls.pass() }
        #expect(told.count == 2)
        let first = told[0].text(progress: "1 byte printed")
        #expect(first.hasPrefix("has needed 10 seconds so far to run `echo 'éé"))
        #expect(first.hasSuffix("é …; 1 byte printed; egghead cancel lobby.7 stops it"), "\(first)")
        #expect(first.utf8.count < 300)
        #expect(told[1].text(progress: nil).hasSuffix("é …"))
    }
}
