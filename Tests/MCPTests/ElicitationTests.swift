import Services
import Testing
import Time

@testable import MCP

/// Questions of servers to people.
@Suite struct `Questions to people` {
    private static let schema = #"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#
    private static let params = #"{"message":"Who?","requestedSchema":\#(schema)}"#

    private static func question(_ id: String, _ params: String = params) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"elicitation/create","params":\#(params)}"#
    }

    private static func inputs(_ id: Int, _ keys: [String], state: String? = "S", params: String = params) -> String {
        let requests = keys.map { #""\#($0)":{"method":"elicitation/create","params":\#(params)}"# }
        let state = state.map { #","requestState":"\#($0)""# } ?? ""
        return #"{"jsonrpc":"2.0","id":\#(id),"result":{"resultType":"input_required","inputRequests":{"#
            + requests.joined(separator: ",") + "}\(state)}}"
    }

    @Test(arguments: [
        (ElicitationAnswer.accept(["name": .string("Ann")]), "accept"), (.decline, "decline"), (.cancel, "cancel"),
    ])
    func `a server of the handshake generation gets the answer to its request`(
        answer: ElicitationAnswer, action: String
    ) throws {
        var served = ServedSession.ready(.legacy)
        _ = served.call("a")
        let question = try #require(served.say(Self.question(#""q-1""#)).questions.first)
        #expect(question.call == "a")
        #expect(question.message == "Who?")
        let sent = served.handle(.answer(elicitation: question.id, answer)).sent
        #expect(sent?["id"] == .string("q-1"))
        #expect(sent?["result"]?["action"] == .string(action))
        #expect(served.handle(.answer(elicitation: question.id, answer)) == [.withdraw(elicitation: question.id)])
    }

    @Test func `an answer that does not fit is refused, and the question stays`() throws {
        var served = ServedSession.ready(.legacy)
        _ = served.call("a")
        let question = try #require(served.say(Self.question("1")).questions.first)
        let wrong = served.handle(.answer(elicitation: question.id, .accept(["nam": .string("Ann")])))
        #expect(wrong == [.answerRefused(elicitation: question.id, ["`name` is wanted", "`nam` is not asked for"])])
        #expect(served.handle(.answer(elicitation: question.id, .decline)).methods == ["response"])
    }

    @Test func `a call of the modern generation is made again under a new id, with the answers and the state`() throws {
        var served = ServedSession.ready(.modern)
        _ = served.call("a")
        let questions = served.say(Self.inputs(3, ["x", "y"])).questions
        #expect(questions.map(\.call) == ["a", "a"])
        #expect(served.handle(.answer(elicitation: questions[1].id, .decline)) == [])
        let actions = served.handle(.answer(elicitation: questions[0].id, .accept(["name": .string("Ann")])))
        let params = try #require(actions.sent?["params"])
        #expect(actions.sent?["id"] == .integer(4))
        #expect(params["requestState"] == .string("S"))
        #expect(params["inputResponses"]?["x"]?["content"] == .object(["name": .string("Ann")]))
        #expect(params["inputResponses"]?["y"] == .object(["action": .string("decline")]))
        let end = served.say(#"{"jsonrpc":"2.0","id":4,"result":{"content":[]}}"#)
        #expect(end.outcomes["a"]?.status == .done)
    }

    @Test func `a call that has only a state is made again after a pause, not for ever`() {
        var served = ServedSession.ready(.modern)
        var id = served.call("a", within: .seconds(600)).requestID ?? 0
        let again = #""result":{"resultType":"input_required","requestState":"S"}}"#
        for _ in 0..<MCPLimits.inputRoundsMax {
            #expect(served.say(#"{"jsonrpc":"2.0","id":\#(id),\#(again)"#) == [])
            let actions = served.wait(.milliseconds(250))
            #expect(actions.sent?["params"]?["requestState"] == .string("S"))
            id = actions.requestID ?? 0
        }
        #expect(served.say(#"{"jsonrpc":"2.0","id":\#(id),\#(again)"#).outcomes["a"]?.status == .failed)
    }

    @Test(arguments: [
        #"{}"#, #"{"inputRequests":{}}"#, #"{"inputRequests":{"r":{"method":"roots/list"}}}"#,
        #"{"inputRequests":{"r":{"method":"sampling/createMessage","params":{}}}}"#, #"{"inputRequests":{"r":7}}"#,
    ])
    func `a call that wants what it is not given fails`(wanted: String) {
        var served = ServedSession.ready(.modern)
        _ = served.call("a")
        let result = #"{"resultType":"input_required","# + wanted.dropFirst()
        let valid = result.replacing(",}", with: "}")
        let outcome = served.say(#"{"jsonrpc":"2.0","id":3,"result":\#(valid)}"#).outcomes["a"]
        #expect(outcome?.status == .failed)
        #expect(outcome?.text.contains("The tool has not done it.") == true)
    }

    @Test func `while a person thinks, the clock of the call stands still`() throws {
        for generation in [MCPGeneration.legacy, .modern] {
            var served = ServedSession.ready(generation)
            let id = served.call("a", within: .seconds(10)).requestID ?? 0
            _ = served.wait(.seconds(6))
            let ask = generation == .modern ? Self.inputs(id, ["x"]) : Self.question("1")
            let question = try #require(served.say(ask).questions.first)
            #expect(served.wait(.seconds(3_600)).outcomes.isEmpty)
            _ = served.handle(.answer(elicitation: question.id, .decline))
            #expect(served.wait(.seconds(3)).outcomes.isEmpty)
            #expect(served.wait(.seconds(1)).outcomes["a"]?.status == .unknown)
        }
    }

    @Test func `a question nobody waits for any more is withdrawn`() throws {
        var legacy = ServedSession.ready(.legacy)
        _ = legacy.call("a")
        let question = try #require(legacy.say(Self.question("1")).questions.first)
        let withdrawal = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        #expect(legacy.say(withdrawal) == [.withdraw(elicitation: question.id)])
        let second = try #require(legacy.say(Self.question("2")).questions.first)
        #expect(legacy.handle(.exited("gone")).contains(.withdraw(elicitation: second.id)))

        var modern = ServedSession.ready(.modern)
        _ = modern.call("a")
        let third = try #require(modern.say(Self.inputs(3, ["x"])).questions.first)
        let actions = modern.handle(.cancel(call: "a"))
        #expect(actions.contains(.withdraw(elicitation: third.id)))
        #expect(actions.outcomes["a"]?.status == .failed)

        // Of two calls it may be either's: it lives as long as one of them.
        var two = ServedSession.ready(.legacy)
        _ = two.call("a")
        _ = two.call("b")
        let shared = try #require(two.say(Self.question("9")).questions.first)
        #expect(shared.call == nil)
        #expect(!two.handle(.cancel(call: "a")).contains(.withdraw(elicitation: shared.id)))
        let last = two.handle(.cancel(call: "b"))
        #expect(last.contains(.withdraw(elicitation: shared.id)))
        #expect(last.methods == ["notifications/cancelled", "response"])
    }

    @Test func `what nobody can be asked is answered at once`() {
        var idle = ServedSession.ready(.legacy)
        #expect(idle.say(Self.question("1")).sent?["result"]?["action"] == .string("cancel"))
        _ = idle.call("a")
        let address = #"{"mode":"url","message":"Log in","url":"https://x","elicitationId":"1"}"#
        #expect(idle.say(Self.question("2", address)).sent?["error"]?["code"] == .integer(-32602))
        #expect(idle.say(Self.question("3", #"{"message":"x"}"#)).sent?["error"]?["code"] == .integer(-32602))
        var alone = ServedSession.ready(.legacy, asksPeople: false)
        _ = alone.call("a")
        #expect(alone.say(Self.question("1")).sent?["error"]?["code"] == .integer(-32601))
        // In a call of the modern generation the rest goes on.
        var modern = ServedSession.ready(.modern)
        _ = modern.call("a")
        let actions = modern.say(Self.inputs(3, ["x"], params: address))
        #expect(actions.sent?["params"]?["inputResponses"]?["x"]?["action"] == .string("decline"))
    }

    @Test func `requests of a server are refused, and a ping is answered`() {
        var legacy = ServedSession.ready(.legacy)
        func request(_ method: String) -> String { #"{"jsonrpc":"2.0","id":"7","method":"\#(method)"}"# }
        #expect(legacy.say(request("ping")).sent?["result"] == .object([:]))
        for method in ["roots/list", "sampling/createMessage", "no/such"] {
            #expect(legacy.say(request(method)).sent?["error"]?["code"] == .integer(-32601))
        }
        // The modern generation has none, and no answer may be sent.
        var modern = ServedSession.ready(.modern)
        #expect(modern.say(request("ping")).methods == [])
    }

    /// What of an answer fits which field.
    @Test(arguments: [
        (#"{"type":"string","minLength":2,"maxLength":3}"#, ["\"ab\"", "\"äöü\""], ["\"a\"", "\"abcd\"", "1", "[]"]),
        (#"{"type":"string","format":"email"}"#, ["\"a@b\""], ["\"a\"", "\"@\"", "\"a@b@c\"", "\"a @b\""]),
        (
            #"{"type":"string","format":"uri"}"#, ["\"https://x\"", "\"a:b\""],
            ["\"x\"", "\":b\"", "\"a: b\"", "\"a:\""]
        ),
        (#"{"type":"string","format":"date"}"#, ["\"2026-12-01\""], ["\"2026-12-1\"", "\"x\"", "\"\""]),
        (
            #"{"type":"string","format":"date-time"}"#,
            ["\"2026-12-01T10:00:00Z\"", "\"2026-12-01T10:00:00.5+01:00\""], ["\"2026-12-01\"", "\"+01:00\""]
        ),
        (#"{"type":"integer","minimum":1,"maximum":9}"#, ["1", "9", "3.0"], ["0", "10", "1.5", "\"1\"", "1e30"]),
        (#"{"type":"number"}"#, ["1", "1.5", "9223372036854775807"], ["true", "\"1\""]),
        (#"{"type":"boolean"}"#, ["true"], ["1", "\"true\""]),
        (#"{"type":"string","enum":["a","b"],"enumNames":["A"]}"#, ["\"a\""], ["\"A\"", "1"]),
        (#"{"type":"string","oneOf":[{"const":"a","title":"A"}]}"#, ["\"a\""], ["\"A\""]),
        (
            #"{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","enum":["a","b","c"]}}"#,
            [#"["a"]"#, #"["a","c"]"#], ["[]", #"["x"]"#, #"["a","b","c"]"#, "\"a\"", "[1]"]
        ),
    ])
    func `an answer is held against the form`(schema: String, right: [String], wrong: [String]) throws {
        let form = try ElicitationForm(
            JSONTextReader.value(of: Array(#"{"type":"object","properties":{"f":\#(schema)}}"#.utf8)))
        for text in right {
            let value = try JSONTextReader.value(of: Array(text.utf8))
            #expect(form.problems(with: ["f": value]) == [], "\(schema) \(text)")
        }
        for text in wrong {
            let value = try JSONTextReader.value(of: Array(text.utf8))
            #expect(form.problems(with: ["f": value]).count == 1, "\(schema) \(text)")
        }
        #expect(form.problems(with: [:]) == [])
        #expect(form.problems(with: ["f": .null]) == [])
    }

    @Test(arguments: [
        "7", "null", "[]", #"{"type":"array"}"#, #"{"type":"object","properties":{"f":{"type":"object"}}}"#,
        #"{"type":"object","properties":{"f":{"type":"array","items":{"type":"object"}}}}"#,
        #"{"type":"object","properties":{"f":{}}}"#, #"{"type":"object","properties":[]}"#,
        #"{"type":"object","properties":{"f":{"type":"string","enum":[]}}}"#,
        #"{"type":"object","properties":{"f":{"type":"string","enum":[1]}}}"#,
        #"{"type":"object","properties":{"a\nb":{"type":"string"}}}"#,
    ])
    func `what is no flat form is none`(schema: String) throws {
        let value = try JSONTextReader.value(of: Array(schema.utf8))
        #expect(throws: MCPProblem.self) { try ElicitationForm(value) }
    }

    @Test func `fields have an order, and a suggestion that does not fit is none`() throws {
        let schema = #"""
            {"type":"object","required":["z","none"],"properties":{
              "b":{"type":"integer","default":"x"},"a":{"type":"integer","default":3},
              "z":{"type":"boolean","title":"Sure?"}}}
            """#
        let form = try ElicitationForm(JSONTextReader.value(of: Array(schema.utf8)))
        #expect(form.fields.map(\.name) == ["z", "a", "b"])
        #expect(form.fields.map(\.suggestion) == [nil, .integer(3), nil])
        #expect(form.fields.map(\.title) == ["Sure?", "a", "b"])
    }
}
