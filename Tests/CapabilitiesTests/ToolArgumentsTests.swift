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
        ("", false), (" \n", false), ("{}", false), ("[]", true), ("null", false), ("\"a\"", true), ("{\"id\":", true),
        ("{\"id\":\"a\"} x", true), ("12", true), ("true", true),
    ])
    func `arguments are a JSON object, and none are an empty one`(text: String, isRefused: Bool) {
        let refusal = problem { () throws(ServiceFailure) in
            _ = try ToolArguments(of: ToolCall(id: "c", name: "get_record", arguments: text))
        }
        #expect(refusal == (isRefused ? "get_record: the arguments are no JSON object; call it again with one" : nil))
    }

    @Test(
        arguments: [
            ("{\"body\":\"one\ntwo\tthree\r\u{1}\"}", ["body": .string("one\ntwo\tthree\r\u{1}")]),
            (#""{\"query\":\"x \\\"y\\\"\"}""#, ["query": .string(#"x "y""#)]), (#""null""#, [:]), (#""""#, [:]),
            ("```json\n{\"query\":\"```\"}\n```", ["query": .string("```")]), ("```{}```", [:]),
            (#"{"query":"x",}"#, ["query": .string("x")]),
            (#"{"a":[1,2, ],}"#, ["a": .array([.integer(1), .integer(2)])]),
            (#"{"query":",}"}}"#, ["query": .string(",}")]),
            ("{\"a\":{\"b\":1}}\n}]", ["a": .object(["b": .integer(1)])]),
            (#"{'query':'say "x"', 'b': "it's"}"#, ["query": .string(#"say "x""#), "b": .string("it's")]),
            (#"{"query":"it\'s", 'b':'it\'s'}"#, ["query": .string("it's"), "b": .string("it's")]),
            ("{'a': True, 'b': False, 'c': None}", ["a": .bool(true), "b": .bool(false), "c": .null]),
            (#"{"a":"\\"}}"#, ["a": .string("\\")]), (#"{"a":"ä😀\u00e4",}"#, ["a": .string("ä😀ä")]),
            // What is not plain is not guessed, and what is cut does not run.
            (#"{"query":"x""#, nil), (#"{"query":"x"#, nil), (#"{"query":"x","#, nil), ("{'query':'it's'}", nil),
            ("{'query':'x", nil), (#"{"a":1}{"b":2}"#, nil), (#"{"a":1,,}"#, nil), ("{,}", nil), (#"{"a":,}"#, nil),
            (#"{"a":1]"#, nil), ("{a:1}", nil), (#"{"a":Truth}"#, nil), ("```json\n{\"a\":1}", nil), ("[{}]", nil),
            (#"I call {"a":1}"#, nil), (#""\"{}\"""#, nil), (#"{"a":"x\"#, nil), (#"{"a":"\x"}"#, nil), ("}", nil),
            ("```", nil), (#"{"a":1} extra }"#, nil),
        ] as [(String, [String: JSONValue]?)])
    func `arguments with slips are what is plainly meant`(text: String, members: [String: JSONValue]?) {
        let arguments = try? ToolArguments(of: ToolCall(id: "c", name: "get_record", arguments: text))
        #expect(arguments?.members == members)
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
