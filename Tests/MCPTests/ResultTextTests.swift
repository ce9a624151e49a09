import Services
import Testing

@testable import MCP

/// What a tool's result says to a model.
@Suite struct `Results` {
    private static func outcome(_ json: String) throws -> ToolOutcome? {
        MCPResultText.outcome(of: try JSONTextReader.value(of: Array(json.utf8)))
    }

    @Test(arguments: [
        (#"{"type":"text","text":"a"}"#, "a"),
        (
            #"{"type":"image","data":"AAAA","mimeType":"image/png"}"#,
            "[an image (image/png, 3 bytes), which is not shown here]"
        ),
        (#"{"type":"image","data":"AA=="}"#, "[an image (of unknown type, 1 byte), which is not shown here]"),
        (#"{"type":"image"}"#, "[an image (of unknown type, without data), which is not shown here]"),
        (
            #"{"type":"audio","data":"AAAA","mimeType":"audio/wav"}"#,
            "[a sound (audio/wav, 3 bytes), which is not played here]"
        ),
        (#"{"type":"resource","resource":{"uri":"a:b","text":"x"}}"#, "[the resource a:b]\nx"),
        (
            #"{"type":"resource","resource":{"uri":"a:b","blob":"AAAA","mimeType":"x/y"}}"#,
            "[the resource a:b (x/y, 3 bytes), which is not shown here]"
        ),
        (
            #"{"type":"resource"}"#,
            "[the resource without an address (of unknown type, without data), which is not shown here]"
        ),
        (#"{"type":"resource_link","uri":"a:b","name":"n\nm"}"#, "[a link to the resource a:b: n m]"),
        (#"{"type":"resource_link"}"#, "[a link to the resource without an address]"),
        (#"{"type":"video"}"#, "[a part of the type `video`, which is not shown here]"),
        (#"{"type":"text","text":7}"#, "[a part of the type `text`, which is not shown here]"),
        ("{}", "[a part without a type, which is not shown here]"),
        ("null", "[a part without a type, which is not shown here]"),
    ])
    func `every part is shown or named`(part: String, text: String) throws {
        #expect(try Self.outcome(#"{"content":[\#(part)]}"#) == ToolOutcome(.done, text))
    }

    @Test(arguments: [
        (#"{"content":[],"structuredContent":{"a":1}}"#, #"{"a":1}"#),
        (#"{"structuredContent":{"a":1}}"#, #"{"a":1}"#),
        (#"{"content":[{"type":"text","text":"{ \"a\": 1 }"}],"structuredContent":{"a":1}}"#, #"{ "a": 1 }"#),
        (#"{"content":[{"type":"text","text":"so"}],"structuredContent":{"a":1}}"#, "so\n" + #"{"a":1}"#),
        (#"{"content":[{"type":"text","text":"so"}],"structuredContent":{"result":"so"}}"#, "so"),
        (#"{"content":[{"type":"text","text":"7"}],"structuredContent":{"result":7}}"#, "7"),
        (
            #"{"content":[{"type":"text","text":"a"},{"type":"text","text":"7"}],"#
                + #""structuredContent":{"result":["a",7]}}"#,
            "a\n7"
        ),
        (
            #"{"content":[{"type":"text","text":"a"}],"structuredContent":{"result":["a","b"]}}"#,
            "a\n" + #"{"result":["a","b"]}"#
        ),
        (#"{"content":[],"structuredContent":[1,2]}"#, "[1,2]"),
        (#"{"content":[]}"#, "The tool has answered with nothing."),
    ])
    func `structured content is shown when no text says the same`(result: String, text: String) throws {
        #expect(try Self.outcome(result) == ToolOutcome(.done, text))
    }

    @Test func `an error of a tool is a failed call`() throws {
        let failed = try Self.outcome(#"{"content":[{"type":"text","text":"no"}],"isError":true}"#)
        #expect(failed == ToolOutcome(.failed, "no"))
        #expect(try Self.outcome(#"{"content":[],"isError":"true"}"#)?.status == .done)
        for other in ["7", "null", "{}", #"{"content":{}}"#, #"{"content":[],"resultType":"x"}"#] {
            #expect(try Self.outcome(other) == nil)
        }
    }

    @Test func `a long result is cut in the middle, at whole characters`() throws {
        let text = "A" + String(repeating: "ä", count: 200_000) + "Z"
        let outcome = try #require(try Self.outcome(#"{"content":[{"type":"text","text":"\#(text)"}]}"#))
        #expect(outcome.text.hasPrefix("Aä"))
        #expect(outcome.text.hasSuffix("äZ"))
        #expect(outcome.text.contains("\n[… "))
        #expect(outcome.text.contains(" bytes are left out here …]\n"))
        #expect(!outcome.text.contains("\u{fffd}"))
        #expect(outcome.text.utf8.count < MCPLimits.resultBytesMax + 100)
    }
}
