import Models
import Services
import Testing

/// Calls whose pieces are told in the ways that servers have been seen to tell them: each is made once.
struct CallShapeTests {
    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static func play(_ vendor: VendorStream, _ body: String, piece: Int = .max) -> PlayedStream {
        PlayedStream(Array(body.utf8), in: vendor.dialect, piece: piece)
    }

    private static func made(_ calls: [ToolCall], words: String = "") -> PlayedStream {
        PlayedStream(words: words, end: .toolCalls, calls: calls)
    }

    private static func query(_ text: String, id: String = "A", tool: String = "find") -> ToolCall {
        ToolCall(id: id, name: tool, arguments: #"{"q":"\#(text)"}"#)
    }

    // Chat completions.

    /// A piece of a call as its members: `(0,"A","find","{}")`.
    private struct Piece {
        var index: Int?
        var id: String?
        var name: String?
        var arguments: String?

        init(_ index: Int?, _ id: String?, _ name: String?, _ arguments: String?) {
            (self.index, self.id, self.name, self.arguments) = (index, id, name, arguments)
        }

        var json: String {
            func text(_ key: String, _ value: String?) -> String? {
                value.map { #""\#(key)":"\#($0.replacing("\"", with: "\\\""))""# }
            }
            let function = [text("name", name), text("arguments", arguments)].compactMap(\.self).joined(separator: ",")
            let members = [index.map { #""index":\#($0)"# }, text("id", id), #""function":{\#(function)}"#]
            return "{\(members.compactMap(\.self).joined(separator: ","))}"
        }
    }

    private static func chat(_ pieces: [Piece]) -> PlayedStream {
        let vendor = VendorStream.chatCompletions
        let told = pieces.map { event(#"{"choices":[{"index":0,"delta":{"tool_calls":[\#($0.json)]}}]}"#) }
        return play(vendor, vendor.begin + told.joined() + vendor.end(.calls))
    }

    private static let x = #"{"q":"x"}"#, y = #"{"q":"y"}"#, head = #"{"q":"#, tail = #""x"}"#

    @Test(
        arguments: [
            // One id for two calls: whole, in pieces, in pieces that alternate, under one index, without an index.
            ([Piece(0, "A", "find", x), Piece(1, "A", "find", y)], [query("x"), query("y")]),
            ([Piece(0, "A", "find", x), Piece(1, "A", "get", x)], [query("x"), query("x", tool: "get")]),
            (
                [
                    Piece(0, "A", "find", ""), Piece(0, "A", nil, x), Piece(1, "A", "find", ""), Piece(1, "A", nil, y),
                ], [query("x"), query("y")]
            ),
            (
                [
                    Piece(0, "A", "find", ""), Piece(1, "A", "find", ""), Piece(0, nil, nil, x), Piece(1, "A", "", y),
                ], [query("x"), query("y")]
            ),
            (
                [
                    Piece(0, "A", "find", head), Piece(1, "A", "find", head), Piece(0, "A", "find", tail),
                    Piece(1, "A", "find", #""y"}"#),
                ], [query("x"), query("y")]
            ),
            ([Piece(0, "A", "find", x), Piece(0, "A", "find", y)], [query("x"), query("y")]),
            ([Piece(nil, "A", "find", x), Piece(nil, "A", "find", y)], [query("x"), query("y")]),
            ([Piece(nil, "A", "find", x), Piece(nil, "A", "get", x)], [query("x"), query("x", tool: "get")]),
            // One call that is told twice.
            ([Piece(0, "A", "find", x), Piece(1, "A", "find", x)], [query("x")]),
            ([Piece(0, "A", "find", x), Piece(0, "A", "find", #"{ "q": "x" }"#)], [query("x")]),
            ([Piece(0, "A", "find", head), Piece(0, "A", "find", tail), Piece(0, "A", "find", "")], [query("x")]),
            ([Piece(0, "A", "find", "{}"), Piece(0, "A", "find", x)], [query("x")]),
            ([Piece(0, "A", "find", head), Piece(1, "A", "find", tail)], [query("x")]),
            // An id of its own for each piece, with the name, without one, with an empty one; two such calls.
            ([Piece(0, "A", "find", ""), Piece(0, "B", nil, head), Piece(0, "B", nil, tail)], [query("x")]),
            ([Piece(0, "A", "find", ""), Piece(0, "B", "", head), Piece(0, "C", "", tail)], [query("x")]),
            ([Piece(0, "A", "find", ""), Piece(0, "B", "find", head), Piece(0, "C", "find", tail)], [query("x")]),
            ([Piece(0, "A", "find", head), Piece(0, "B", "find", tail)], [query("x")]),
            ([Piece(0, "A", "find", ""), Piece(0, "B", "find", x)], [query("x")]),
            ([Piece(nil, "A", "find", ""), Piece(nil, "B", nil, head), Piece(nil, "C", nil, tail)], [query("x")]),
            ([Piece(0, "A", "find", head), Piece(1, "B", nil, tail)], [query("x")]),
            (
                [
                    Piece(0, "A", "find", ""), Piece(0, "B", nil, x), Piece(1, "C", "get", ""), Piece(1, "D", nil, y),
                ], [query("x"), query("y", id: "C", tool: "get")]
            ),
            // Two calls with an id each, under one index or none.
            ([Piece(0, "A", "find", x), Piece(0, "B", "find", y)], [query("x"), query("y", id: "B")]),
            ([Piece(nil, "A", "find", x), Piece(nil, "B", "find", x)], [query("x"), query("x", id: "B")]),
            (
                [Piece(nil, "A", "find", ""), Piece(nil, "B", "find", x)],
                [ToolCall(id: "A", name: "find", arguments: "{}"), query("x", id: "B")]
            ),
            (
                [Piece(0, "A", "now", ""), Piece(0, "B", "now", "")],
                ["A", "B"].map { ToolCall(id: $0, name: "now", arguments: "{}") }
            ),
            // What has no name is no call, before another one and behind it.
            ([Piece(0, "A", "find", x), Piece(1, "B", "", y)], [query("x")]),
            ([Piece(0, "A", "find", x), Piece(0, "B", nil, y)], [query("x")]),
            ([Piece(0, "A", "find", x), Piece(1, nil, nil, y)], [query("x")]),
            ([Piece(0, "B", nil, y), Piece(1, "A", "find", x)], [query("x")]),
        ])
    private func `each call is made once, whatever its pieces tell`(pieces: [Piece], expected: [ToolCall]) {
        #expect(Self.chat(pieces) == Self.made(expected), "\(pieces.map(\.json))")
    }

    /// What a server may tell of the pieces of two calls: which index and id each piece has, and whether names repeat.
    @Test(arguments: [[0, 1], [0, 0], [1, 2], nil] as [[Int]?], [["A", "B"], ["A", "A"], nil] as [[String]?])
    func `two calls in pieces are two calls, in every combination that tells them apart`(
        indices: [Int]?, ids: [String]?
    ) {
        for tools in [["find", "find"], ["find", "get"]] {
            for (isNameRepeated, isIDRepeated) in [(false, false), (false, true), (true, true), (true, false)] {
                var pieces: [Piece] = []
                for (call, value) in ["\"x\"}", "\"y\"}"].enumerated() {
                    for (place, text) in ["", Self.head, value].enumerated() {
                        let id = place == 0 || isIDRepeated ? ids?[call] : nil
                        pieces.append(
                            Piece(indices?[call], id, place == 0 || isNameRepeated ? tools[call] : nil, text))
                    }
                }
                let expected = zip(["x", "y"], tools).enumerated().map { call, told in
                    Self.query(told.0, id: ids?[call] ?? "", tool: told.1)
                }
                #expect(Self.chat(pieces) == Self.made(expected), "\(pieces.map(\.json))")
            }
        }
    }

    @Test(arguments: [#"{"index":0,"id":"B"}"#, #"{"index":0,"id":"B","function":{"name":"","arguments":"{}"}}"#])
    func `an answer in words with a call that names no tool is its words`(json: String) {
        let vendor = VendorStream.chatCompletions
        let stray = Self.event(#"{"choices":[{"index":0,"delta":{"tool_calls":[\#(json)]}}]}"#)
        let body = vendor.begin + vendor.words("Hello.") + stray + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hello.", end: .end))
        #expect(Self.play(vendor, vendor.begin + stray + vendor.end()) == PlayedStream(failure: .malformed))
    }

    @Test func `the layout of an answer is that of the calls that are made`() throws {
        let vendor = VendorStream.chatCompletions
        let stray = Self.event(#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"B","function":{}}]}}]}"#)
        let body =
            vendor.begin + stray + vendor.thought("hm") + vendor.words("I look.")
            + vendor.call("find", Self.x, block: 1) + vendor.end(.calls)
        let actions = PlayedStream.actions(Array(body.utf8), in: vendor.dialect)
        guard case .finish(let outcome)? = actions.last else {
            Issue.record("it has not ended")
            return
        }
        let content = try #require(outcome.layout?.content(words: "I look.", calls: outcome.toolCalls ?? []))
        let thought = OpaquePart(
            family: "chat-completions", value: .object(["message": .object(["reasoning_content": .string("hm")])]))
        #expect(content == [.text("I look."), .opaque(thought), .call(Self.query("x", id: "c1"))])
    }

    // Responses.

    private static let end = event(#"{"type":"response.completed","response":{"status":"completed","output":[]}}"#)

    private static func item(_ members: String, _ arguments: String, name: String = "find") -> String {
        let quoted = arguments.replacing("\"", with: "\\\"")
        return #"{"type":"function_call",\#(members),"name":"\#(name)","arguments":"\#(quoted)"}"#
    }

    private static func told(_ type: String, _ place: Int?, _ item: String) -> String {
        let place = place.map { #""output_index":\#($0),"# } ?? ""
        return event(#"{"type":"response.output_item.\#(type)",\#(place)"item":\#(item)}"#)
    }

    private static func delta(_ members: String, _ text: String) -> String {
        let quoted = text.replacing("\"", with: "\\\"")
        return event(#"{"type":"response.function_call_arguments.delta",\#(members),"delta":"\#(quoted)"}"#)
    }

    private static func end(_ items: String...) -> String {
        let output = items.joined(separator: ",")
        return event(#"{"type":"response.completed","response":{"status":"completed","output":[\#(output)]}}"#)
    }

    private static let f1 = #""id":"f1""#, f2 = #""id":"f2""#, c1 = #""call_id":"c1""#, c2 = #""call_id":"c2""#

    @Test(
        arguments: [
            // One call_id for two calls.
            (
                told("done", 0, item(c1, x)) + told("done", 1, item(c1, y)) + end,
                [query("x", id: "c1"), query("y", id: "c1")]
            ),
            (
                told("added", 0, item(c1, "")) + told("added", 1, item(c1, "")) + delta(#""output_index":0"#, x)
                    + delta(#""output_index":1"#, y) + told("done", 0, item(c1, x)) + told("done", 1, item(c1, y))
                    + end(item(c1, x), item(c1, y)), [query("x", id: "c1"), query("y", id: "c1")]
            ),
            (end(item(c1, x), item(c1, y)), [query("x", id: "c1"), query("y", id: "c1")]),
            (
                told("done", 0, item(c1, x)) + told("done", 1, item(c1, x, name: "get")) + end,
                [query("x", id: "c1"), query("x", id: "c1", tool: "get")]
            ),
            // The call_id comes late, or is another one each time; the id too; the place too.
            (
                told("added", 0, item(f1, "")) + delta(#""output_index":0,"item_id":"f1""#, x)
                    + told("done", 0, item(f1 + "," + c1, x)) + end, [query("x", id: "c1")]
            ),
            (
                told("added", 0, item(f1 + "," + c1, "")) + delta(#""output_index":0"#, x)
                    + told("done", 0, item(f1 + "," + c2, x)) + end(item(f1 + #","call_id":"c3""#, x)),
                [query("x", id: "c1")]
            ),
            (
                told("added", 1, item(f1 + "," + c1, "")) + delta(#""output_index":1"#, x)
                    + told("done", 1, item(f2 + "," + c2, x)) + end(item(#""id":"f3","call_id":"c3""#, x)),
                [query("x", id: "c1")]
            ),
            (
                told("added", 0, item(f1 + "," + c1, "")) + delta(#""item_id":"f1""#, x)
                    + told("done", 1, item(f2 + "," + c2, x)) + end, [query("x", id: "c1")]
            ),
            (
                told("added", nil, item(c1, "")) + delta(#""item_id":"f9""#, x)
                    + told("done", nil, item(c2, x)) + end(item(c2, x)), [query("x", id: "c1")]
            ),
            // Two calls without places, whose pieces are told apart by their ids alone.
            (
                told("added", nil, item(f1 + "," + c1, "")) + told("added", nil, item(f2 + "," + c2, ""))
                    + delta(#""item_id":"f1""#, head) + delta(#""item_id":"f2""#, y) + delta(#""item_id":"f1""#, tail)
                    + end, [query("x", id: "c1"), query("y", id: "c2")]
            ),
            // All at one place, ended and not; told in the whole response as well.
            (
                told("added", 0, item(f1 + "," + c1, "")) + delta(#""output_index":0,"item_id":"f1""#, x)
                    + told("added", 0, item(f2 + "," + c2, "")) + delta(#""output_index":0,"item_id":"f2""#, y)
                    + end(item(f1 + "," + c1, x), item(f2 + "," + c2, y)),
                [query("x", id: "c1"), query("y", id: "c2")]
            ),
            (
                told("done", 0, item(c1, x)) + told("done", 0, item(c2, x)) + end(item(c1, x), item(c2, x)),
                [query("x", id: "c1"), query("x", id: "c2")]
            ),
            // Only the item's id is there; the arguments of the whole item count.
            (told("done", 0, item(f1, x)) + end(item(f1, x)), [query("x", id: "f1")]),
            (
                told("added", 0, item(c1, "")) + delta(#""output_index":0"#, head) + told("done", 0, item(c1, x))
                    + end, [query("x", id: "c1")]
            ),
            // What has no name is no call.
            (told("done", 0, item(f2, y, name: "")) + told("done", 1, item(c1, x)) + end, [query("x", id: "c1")]),
        ]) func `each call of a response is made once`(body: String, expected: [ToolCall])
    {
        for piece in [Int.max, 7] {
            #expect(Self.play(.responses, body, piece: piece) == Self.made(expected), "\(body)")
        }
    }

    // Anthropic.

    private static func block(_ index: Int?, id: String, _ arguments: String...) -> String {
        let place = index.map { #""index":\#($0),"# } ?? ""
        let pieces = arguments.map { text in
            let quoted = text.replacing("\"", with: "\\\"")
            return event(#"{"type":"content_block_delta",\#(place)"delta":{"partial_json":"\#(quoted)"}}"#)
        }
        let begin =
            #"{"type":"content_block_start",\#(place)"content_block":{"type":"tool_use","id":"\#(id)","name":"find","#
        return event(begin + #""input":{}}}"#) + pieces.joined()
            + event(#"{"type":"content_block_stop",\#(place)"x":0}"#)
    }

    @Test(
        arguments: [
            (block(0, id: "A", x) + block(1, id: "A", head, #""y"}"#), [query("x"), query("y")]),
            (block(0, id: "A", x) + block(0, id: "A", y), [query("x"), query("y")]),
            (block(nil, id: "A", x) + block(nil, id: "A", y), [query("x"), query("y")]),
            (block(0, id: "A", x) + block(0, id: "B", y), [query("x"), query("y", id: "B")]),
            (block(0, id: "A", x) + block(1, id: "A", x), [query("x")]),
            (
                block(0, id: "A").replacing(event(#"{"type":"content_block_stop","index":0,"x":0}"#), with: "")
                    + event(#"{"type":"content_block_delta","index":0,"delta":{"partial_json":\#(x)}}"#), [query("x")]
            ),
        ]) func `each call of a message is made once`(body: String, expected: [ToolCall])
    {
        let vendor = VendorStream.anthropic
        #expect(Self.play(vendor, vendor.begin + body + vendor.end(.calls)) == Self.made(expected), "\(body)")
    }

    // Names.

    @Test(
        arguments: VendorStream.allCases,
        [
            ("functions.find", "find"), ("default_api:find", "find"), ("default_api.find", "find"),
            (" find\\n", "find"),
            ("find<|channel|>commentary", "find"), (" functions.find:0 <|constrain|>json", "find"),
            ("github.find", "github.find"), ("find:0", "find:0"), ("my_functions.find", "my_functions.find"),
        ])
    func `what models write round the name of a tool is no part of it`(
        vendor: VendorStream, name: (written: String, read: String)
    ) {
        let body = vendor.begin + vendor.call(name.written, Self.x) + vendor.end(.calls)
        let id = vendor == .gemini ? "call-1" : "c0"
        #expect(Self.play(vendor, body) == Self.made([Self.query("x", id: id, tool: name.read)]))
    }
}
