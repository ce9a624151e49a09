import Foundation
import Models
import Services
import Testing

/// The transcripts of `Golden/`, which `Tests/ProcessTests/FakeProvider/golden_streams.py` writes from the types in the
/// vendors' own packages, each with the outcome that is right.
struct GoldenStreamTests {
    /// What a file holds; its name is the raw value.
    enum Transcript: String, CaseIterable {
        case text, thinking, call, calls, cut, doubled, usage, refusal, blocked, error
        case thinkingCall = "thinking-call"
    }

    /// What an attempt comes to, in whole.
    struct Outcome: Hashable {
        var played: PlayedStream
        var usage: TokenUsage?
        /// The order of words, calls, and thoughts that go back.
        var layout: ContentLayout?
    }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    private static func play(_ body: [UInt8], in dialect: any ProviderDialect, piece: Int) -> Outcome {
        var outcome = Outcome(played: PlayedStream(body, in: dialect, piece: piece))
        for case .finish(let whole) in PlayedStream.actions(body, in: dialect, piece: piece) {
            (outcome.usage, outcome.layout) = (whole.usage, whole.layout)
        }
        return outcome
    }

    @Test(arguments: VendorStream.allCases, Transcript.allCases)
    func `every transcript comes to its outcome, whole and in pieces`(
        vendor: VendorStream, transcript: Transcript
    ) throws {
        let file = Self.directory.appending(path: "\(vendor.rawValue)/\(transcript.rawValue).sse")
        let body = Array(try Data(contentsOf: file)), expected = Self.outcome(of: transcript, from: vendor)
        for piece in [Int.max, 1, 2, 3, 7] {
            #expect(Self.play(body, in: vendor.dialect, piece: piece) == expected, "in pieces of \(piece)")
        }
    }

    @Test func `every file is a transcript that is played`() throws {
        let found = try FileManager.default.subpathsOfDirectory(atPath: Self.directory.path)
        let files = VendorStream.allCases.flatMap { vendor in
            Transcript.allCases.map { "\(vendor.rawValue)/\($0.rawValue).sse" }
        }
        #expect(found.filter { $0.hasSuffix(".sse") }.sorted() == files.sorted())
    }

    // What is right.

    private static let spent = TokenUsage(inputTokens: 12, outputTokens: 5, cacheReadTokens: 4)

    private static func outcome(of transcript: Transcript, from vendor: VendorStream) -> Outcome {
        let hello = Outcome(played: PlayedStream(words: "Hello there.", end: .end), usage: spent)
        switch transcript {
        case .text, .thinking, .usage: return hello
        case .call, .doubled: return calling([arguments("x")], after: "I look.", of: vendor)
        case .calls: return calling([arguments("x"), arguments("y")], of: vendor)
        case .cut: return calling([arguments(#"a \"🥚\""#)], after: "Egg 🥚🥚.", of: vendor)
        case .thinkingCall:
            let thought = thought(of: vendor)
            return calling([arguments("x")], after: "I look.", of: vendor, thought: thought)
        case .refusal: return Outcome(played: refusal(of: vendor), usage: spent)
        case .blocked:
            let usage = TokenUsage(inputTokens: 12, outputTokens: 0, cacheReadTokens: 4)
            return Outcome(played: PlayedStream(end: .filtered), usage: usage)
        case .error: return Outcome(played: PlayedStream(words: "Hello ", failure: .serverError))
        }
    }

    private static func arguments(_ query: String) -> String { #"{"q":"\#(query)"}"# }

    /// Calls behind some words. Google signs the first call of an answer, whether it tells its thoughts or not.
    private static func calling(
        _ arguments: [String], after words: String = "", of vendor: VendorStream, thought: JSONValue? = nil
    ) -> Outcome {
        let ids =
            switch vendor {
            case .chatCompletions: ["call_0", "call_1"]
            case .responses: ["call_00", "call_01"]
            case .anthropic: ["toolu_00", "toolu_01"]
            case .gemini: ["call-1", "call-2"]  // made here, since Google's need not be there
            }
        let calls = zip(ids, arguments).map { ToolCall(id: $0, name: "find", arguments: $1) }
        let untold = JSONValue.object(["thoughtSignature": .string(sealed("untold find"))])
        let value = thought ?? (vendor == .gemini ? untold : nil)
        let opaque = value.map { [ContentPart.opaque(OpaquePart(family: vendor.rawValue, value: $0))] } ?? []
        let said = words.isEmpty ? [] : [ContentPart.text(words)]
        // A signature stands beside its call, a thought where it was thought.
        let isBesideCall = vendor == .gemini || vendor == .chatCompletions
        let content = (isBesideCall ? said + opaque : opaque + said) + calls.map(ContentPart.call)
        return Outcome(
            played: PlayedStream(words: words, end: .toolCalls, calls: calls), usage: spent,
            layout: opaque.isEmpty ? nil : ContentLayout(of: content))
    }

    /// The thought of `thinking-call`, as its vendor wants it back.
    private static func thought(of vendor: VendorStream) -> JSONValue {
        let words = JSONValue.string("First I look."), seal = JSONValue.string(sealed("First I look."))
        return switch vendor {
        case .chatCompletions: .object(["message": .object(["reasoning_content": words])])
        case .responses:
            .object([
                "type": .string("reasoning"), "id": .string("rs_fake_0"), "encrypted_content": seal,
                "summary": .array([.object(["type": .string("summary_text"), "text": words])]),
            ])
        case .anthropic: .object(["type": .string("thinking"), "thinking": words, "signature": seal])
        case .gemini: .object(["thoughtSignature": seal])
        }
    }

    /// The stand-in for a signature or an encrypted thought; see `api.py`.
    private static func sealed(_ thought: String) -> String { Data("sealed: \(thought)".utf8).base64EncodedString() }

    /// OpenAI's models refuse in words, which are the answer; the others have a reason to stop.
    private static func refusal(of vendor: VendorStream) -> PlayedStream {
        switch vendor {
        case .chatCompletions: PlayedStream(words: "I cannot help.", end: .end)
        case .responses: PlayedStream(words: "I'm sorry, but I cannot help with that.", end: .end)
        case .anthropic, .gemini: PlayedStream(words: "Hello ", end: .filtered)
        }
    }
}
