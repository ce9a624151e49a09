import Capabilities
import Services
import Testing

@testable import egghead_toolbox

@Suite struct RecordEditTests {
    private static func record(_ body: String = "a b c b", _ recordClass: RecordClass = .durable) -> RecordReply {
        let summary = RecordSummary(
            id: "n", path: "n.md", title: "N", recordClass: recordClass, tags: [], author: nil, created: nil,
            updated: "2026-11-22T12:00:00Z", revision: "r")
        return RecordReply(summary: summary, fields: [:], body: body)
    }

    private static func edit(_ arguments: String) throws -> RecordEdit {
        try RecordEdit(ToolArguments(of: ToolCall(id: "c", name: "update_record", arguments: arguments)))
    }

    @Test(
        arguments: [
            (#"{"old":"a","new":"x"}"#, [:], "x b c b"), (#"{"old":"a ","new":""}"#, [:], "b c b"),
            (#"{"key":"title","value":"T"}"#, ["title": .string("T")], nil),
            (#"{"key":"Due","value":"T"}"#, ["due": .string("T")], nil),
            (#"{"key":"tags","value":"x, y/z "}"#, ["tags": .array([.string("x"), .string("y/z")])], nil),
            (#"{"key":"due","value":""}"#, ["due": .null], nil), (#"{"key":"due"}"#, ["due": .null], nil),
            (#"{"key":"class","value":"inbox"}"#, ["class": .string("inbox")], nil),
        ] as [(String, [String: JSONValue], String?)])
    func `a passage is replaced, or one key set`(arguments: String, fields: [String: JSONValue], body: String?) throws {
        let applied = try Self.edit(arguments).applied(to: Self.record())
        #expect(applied.fields == fields && applied.body == body)
    }

    @Test(arguments: [
        #"{}"#, #"{"old":"a"}"#, #"{"old":"a","new":"x","key":"k"}"#, #"{"key":"id","value":"x"}"#,
        #"{"key":"author","value":"user:ann"}"#, #"{"key":"class","value":"agent"}"#, #"{"key":"class"}"#,
        #"{"key":"class","value":"deliberation"}"#, #"{"key":"created","value":"x"}"#,
        #"{"key":"CLASS","value":"agent"}"#, #"{"key":"Id","value":"x"}"#,
        #"{"key":"AUTHOR","value":"user:ann"}"#,
    ])
    func `what no agent sets, or says too little, is refused`(arguments: String) {
        let error = #expect(throws: ServiceFailure.self) { try Self.edit(arguments) }
        #expect(error?.code == .invalid)
    }

    @Test(arguments: [("x", "is not in"), ("b", "is more than once in")])
    func `a passage must be there once`(old: String, words: String) throws {
        let edit = try Self.edit(#"{"old":"\#(old)","new":"y"}"#)
        let error = #expect(throws: ServiceFailure.self) { try edit.applied(to: Self.record()) }
        #expect(error?.message.contains(words) == true)
    }

    @Test(
        arguments: [
            (RecordClass.durable, nil), (.inbox, DenialCode.scopeViolation), (.agent, .capabilityAbsent),
            (.deliberation, .scopeViolation), (.transcript, .scopeViolation), (.skill, .scopeViolation),
        ] as [(RecordClass, DenialCode?)])
    func `records that mean something to the node are changed by no such tool`(
        recordClass: RecordClass, code: DenialCode?
    ) throws {
        let grants = [Grant(.updateRecords, [.classes: ["durable", "agent", "skill"]]), Grant(.deleteRecords)]
        let call = ToolCall(id: "c", name: "update_record", arguments: #"{"id":"n"}"#)
        let authorized = try AuthorizedCall(
            call, of: "scout", authority: Authority(capabilities: grants), menu: Tool.records)
        #expect(RecordEdits.refusal(of: authorized, Self.record("", recordClass))?.denial == code)
        var broken = Self.record("", recordClass)
        broken.isBroken = true
        #expect(RecordEdits.refusal(of: authorized, broken)?.status == .failed)
    }

    @Test func `line feeds of a model are the line ends of the file`() throws {
        let edit = try Self.edit(#"{"old":"a\nb","new":"a\nx"}"#)
        #expect(try edit.applied(to: Self.record("a\r\nb\r\n")).body == "a\r\nx\r\n")
    }

    @Test(arguments: [
        ("abc", "b", 1), ("abab", "ab", 2), ("aaa", "aa", 2), ("aab", "ab", 1), ("", "a", 0), ("abcabd", "abd", 1),
        ("é", "\u{301}", 0), ("x\r\ny", "\n", 1), ("aabaabaaab", "aabaaab", 1),
    ])
    func `a passage is found as often as it is there`(text: String, passage: String, count: Int) {
        switch PassageSearch.only(passage, in: text) {
        case .none: #expect(count == 0)
        case .several: #expect(count == 2)
        case .one(let place): #expect(count == 1 && text.utf8[place].elementsEqual(passage.utf8))
        }
    }
}
