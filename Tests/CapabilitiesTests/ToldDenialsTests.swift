import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// What rooms are told of calls that are denied.
@Suite struct ToldDenialsTests {
    private func claim(_ tool: String, turn: TurnID = "lobby.7") -> ToolClaim {
        ToolClaim(
            caller: "agent:scout", turn: turn, call: ToolCall(id: "c", name: tool, arguments: #"{"secret":"x"}"#),
            at: "2026-11-30T20:00:00.000Z")
    }

    @Test(
        arguments: [
            (.capabilityAbsent, "its record has no such capability (capability_absent)"),
            (.scopeViolation, "its capabilities do not go that far (scope_violation)"),
            (.selfModification, "no agent changes what it may do itself (self_modification)"),
            (.exceedsGrantorAuthority, "nobody passes on more than they have (exceeds_grantor_authority)"),
            (.unknownTool, "there is no such tool (unknown_tool)"),
        ] as [(DenialCode, String)])
    func `each code has its words, and nothing of what was wanted is told`(code: DenialCode, words: String) {
        var told = ToldDenials()
        #expect(told.text(of: Denial(code, "the secret x"), claim("fs_read")) == "was denied fs_read: \(words)")
    }

    @Test func `a program that ran is not told as denied, and leaves the word about one that did not`() {
        var told = ToldDenials()
        let part = Denial(.scopeViolation, "the network refused: x", isOfPart: true)
        let words = "its capabilities do not go that far (scope_violation)"
        #expect(
            told.text(of: part, claim("proc_exec")) == "was denied a part of what proc_exec did: \(words)")
        #expect(told.text(of: part, claim("proc_exec")) == nil)
        #expect(
            told.text(of: Denial(.scopeViolation, "x"), claim("proc_exec")) == "was denied proc_exec: \(words)")
    }

    @Test func `of a turn each is told once, and a few of them`() throws {
        var told = ToldDenials()
        func texts(_ tool: String, _ code: DenialCode = .unknownTool, turn: TurnID = "lobby.7") -> Int {
            told.text(of: Denial(code, ""), claim(tool, turn: turn)) == nil ? 0 : 1
        }
        #expect(texts("a") + texts("a") + texts("a", .scopeViolation) == 2)
        #expect((0..<100).map { texts("tool\($0)") }.reduce(0, +) == 6, "eight of a turn")
        #expect(texts("a", turn: "lobby.8") == 1, "another turn")
        // What is known of old turns is forgotten, and does not grow.
        for number in 1...1_000 { #expect(texts("a", turn: try #require(TurnID(rawValue: "attic.\(number)"))) == 1) }
        #expect(texts("a") == 1)
    }

    @Test func `the name of a tool is a model's word and changes no line`() {
        var told = ToldDenials()
        let name = "fly\n\u{1B}[2J" + String(repeating: "x", count: 200)
        let text = told.text(of: Denial(.unknownTool, ""), claim(name)) ?? ""
        #expect(text.hasPrefix("was denied fly\\u{a}\\u{1b}[2Jxx") && text.utf8.count < 160)
    }
}
