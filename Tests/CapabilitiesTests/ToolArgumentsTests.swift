import Capabilities
import Services
import Testing

@testable import egghead_toolbox

@Suite struct ToolArgumentsTests {
    private func problem(_ body: () throws(ServiceFailure) -> Void) -> String? {
        do throws(ServiceFailure) {
            try body()
            return nil
        } catch {
            #expect(error.code == .invalid)
            return error.message
        }
    }

    @Test(arguments: [
        ("", false), (" \n", false), ("{}", false), ("[]", true), ("null", true), ("\"a\"", true), ("{\"id\":", true),
        ("{\"id\":\"a\"} x", true),
    ])
    func `arguments are a JSON object, and none are an empty one`(text: String, isRefused: Bool) {
        let refusal = problem { () throws(ServiceFailure) in
            _ = try ToolArguments(of: ToolCall(id: "c", name: "get_record", arguments: text))
        }
        #expect(refusal == (isRefused ? "get_record: the arguments are no JSON object; call it again with one" : nil))
    }

    @Test(arguments: [
        (#"{"id":"a"}"#, nil), (#"{"id":" "}"#, "get_record: `id` is missing; call it again with it"),
        (#"{"id":null}"#, "get_record: `id` is missing; call it again with it"),
        ("{}", "get_record: `id` is missing; call it again with it"),
        (#"{"id":1}"#, "get_record: `id` is not text; call it again with text"),
        (#"{"id":["a"]}"#, "get_record: `id` is not text; call it again with text"),
    ])
    func `a text that is missing or none is told`(text: String, message: String?) throws {
        let arguments = try ToolArguments(of: ToolCall(id: "c", name: "get_record", arguments: text))
        #expect(problem { () throws(ServiceFailure) in _ = try arguments.text("id") } == message)
    }

    @Test(
        arguments: [
            (#"{"tags":["a","b"]}"#, ["a", "b"], nil), (#"{"tags":[]}"#, [], nil), ("{}", nil, nil),
            (#"{"tags":null}"#, nil, nil),
            (#"{"tags":["a",1]}"#, nil, "create_record: `tags` is no list of texts; call it again with one"),
            (#"{"tags":"a"}"#, nil, "create_record: `tags` is no list of texts; call it again with one"),
        ] as [(String, [String]?, String?)])
    func `a list of texts that is none is told`(text: String, list: [String]?, message: String?) throws {
        let arguments = try ToolArguments(of: ToolCall(id: "c", name: "create_record", arguments: text))
        var texts: [String]?
        #expect(problem { () throws(ServiceFailure) in texts = try arguments.texts("tags") } == message)
        #expect(texts == list)
    }

    @Test(
        arguments: [
            (Tool.searchRecords, #"{"query":"x","id":"a"}"#, nil), (.getRecord, #"{"id":"a"}"#, "a"),
            (.createRecord, #"{"id":"a/b"}"#, "a/b"), (.createRecord, #"{"id":" "}"#, ""), (.createRecord, "{}", ""),
        ] as [(Tool, String, RecordID?)])
    func `what a call is about is read from its arguments`(tool: Tool, text: String, record: RecordID?) throws {
        let arguments = try ToolArguments(of: ToolCall(id: "c", name: tool.name, arguments: text))
        #expect(try tool.requests(of: arguments, by: Authority(of: nil)) == tool.requests(for: record))
    }
}
