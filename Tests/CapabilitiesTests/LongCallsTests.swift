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

    @Test func `an hour is five lines, and a call that has ended none`() throws {
        var calls = LongCalls(), told: [String] = []
        calls.begin(try call("long"))
        for second in 1...3_600 {
            if second == 15 { calls.begin(try call("short")) }
            if second == 26 { calls.end(ToolCallKey(caller: "agent:scout", id: "short")) }
            told += calls.pass().map { "\($0.call.id) \($0.seconds)" }
        }
        #expect(
            told == [
                "long 10", "short 10", "long 40", "long 160", "long 640", "long 2560",
            ])
    }

    @Test func `how to stop it is said once, and of a command its program alone`() throws {
        var calls = LongCalls()
        calls.begin(try call("a", "[\"curl\",\"-H\",\"Authorization: secret\"]"))
        let told = (1...40).flatMap { _ in calls.pass() }
        #expect(
            told.map { $0.text(progress: "1 byte printed") } == [
                "has needed 10 seconds so far for proc_exec of curl; 1 byte printed; egghead cancel lobby.7 stops it",
                "has needed 40 seconds so far for proc_exec of curl; 1 byte printed",
            ])
    }

    @Test func `of a program's name a room sees every character, and not too many`() throws {
        var calls = LongCalls()
        calls.begin(try call("b", "[\"e\\u001b[2J\(String(repeating: "e", count: 100))\"]"))
        let text = (1...10).flatMap { _ in calls.pass() }[0].text(progress: nil)
        #expect(text.hasPrefix("has needed 10 seconds so far for proc_exec of e\\u{1b}[2Jeee"), "\(text)")
        #expect(text.utf8.count < 160)
    }
}
