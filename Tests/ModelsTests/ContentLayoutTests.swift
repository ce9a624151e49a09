import Services
import Testing

/// How a list of parts travels as one text, one list of calls, and their order.
@Suite struct ContentLayoutTests {
    private static let first = ToolCall(id: "1", name: "a", arguments: "{}")
    private static let second = ToolCall(id: "2", name: "b", arguments: "{}")
    private static let thought = OpaquePart(family: "f", value: .string("x"))

    @Test(
        arguments: [
            [], [.text("words")], [.text(""), .text("ä"), .text("€")], [.call(first), .text("after")],
            [
                .opaque(thought), .text("a"), .opaque(thought), .text("b"), .call(first), .opaque(thought),
                .call(second),
            ],
            [.outcome(of: "1", text: "x"), .outcome(of: "2", text: ""), .text("y")], [.opaque(thought)],
        ] as [[ContentPart]])
    func `the order of parts is kept`(content: [ContentPart]) {
        let message = ChatMessage(.assistant, content)
        #expect(ContentLayout(of: content).content(words: message.words, calls: message.calls) == content)
    }

    @Test(
        arguments: [
            ([.text("ab"), .call(first)], "abc", [first]), ([.text("ab"), .call(first)], "a", [first]),
            ([.text("ab"), .call(first)], "ab", []), ([.text("ab"), .call(first)], "ab", [first, second]),
            ([.text("a"), .text("bc")], "€", []), ([], "a", []), ([], "", [first]),
        ] as [([ContentPart], String, [ToolCall])])
    func `a layout of other words or calls fits nothing`(content: [ContentPart], words: String, calls: [ToolCall]) {
        #expect(ContentLayout(of: content).content(words: words, calls: calls) == nil)
    }

    @Test func `a layout that does not fit is passed over`() {
        let layout = ContentLayout(of: [.opaque(Self.thought), .text("ab")])
        #expect(ChatMessage(.assistant, "ab", layout: layout).content == [.opaque(Self.thought), .text("ab")])
        #expect(
            ChatMessage(.assistant, "abc", calls: [Self.first], layout: layout).content
                == [.text("abc"), .call(Self.first)])
        #expect(ChatMessage(.assistant, "", calls: [Self.first]).content == [.call(Self.first)])
    }

    @Test func `a stream's words and calls are counted until another part comes between`() {
        var layout = ContentLayout()
        layout.addWords(bytes: 2)
        layout.addWords(bytes: 3)
        layout.addCall()
        layout.addCall()
        #expect(!layout.hasOpaqueParts)
        layout.add(Self.thought)
        layout.addCall()
        layout.addWords(bytes: 1)
        #expect(layout.hasOpaqueParts)
        #expect(layout.items == [.text(bytes: 5), .calls(2), .opaque(Self.thought), .calls(1), .text(bytes: 1)])
    }
}
