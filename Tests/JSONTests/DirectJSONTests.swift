import FoundationEssentials
import JSON
import Services
import Testing

@Suite struct DirectJSONTests {
    static let texts = [
        "", "plain", "\"quoted\" \\ / \n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}", "äöü 👋🏽 \u{2028}", "\\u0041", "}",
        "\",\"turn\":\"",
    ]

    @Test(arguments: texts) func `the short way writes what the general decoder reads`(text: String) throws {
        let chunk = ChatChunk(sequence: 7, text: text)
        let delta = RoomDelta(turn: "lobby.1", attempt: 2, offset: 30, text: text)
        #expect(try JSONDecoder().decode(ChatChunk.self, from: Data(JSON.encode(chunk))) == chunk)
        #expect(try JSONDecoder().decode(RoomDelta.self, from: Data(JSON.encode(delta))) == delta)
        #expect(try JSON.decode(ChatChunk.self, from: JSON.encode(chunk)) == chunk)
        #expect(try JSON.decode(RoomDelta.self, from: JSON.encode(delta)) == delta)
    }

    @Test(arguments: texts) func `what others write is read as well`(text: String) throws {
        let encoder = JSONEncoder()
        for formatting: JSONEncoder.OutputFormatting in [[], .sortedKeys, .prettyPrinted] {
            encoder.outputFormatting = formatting
            let chunk = ChatChunk(sequence: -1, text: text)
            #expect(try JSON.decode(ChatChunk.self, from: Array(encoder.encode(chunk))) == chunk)
        }
    }

    @Test func `other chunks go the general way`() throws {
        let chunks = [
            ChatChunk(sequence: -1), ChatChunk(sequence: 3, error: ProviderFailure(.malformed, "x")),
            ChatChunk(sequence: 4, done: ChatOutcome(stopReason: .end, usage: nil, provider: "p", model: "m")),
        ]
        for chunk in chunks { #expect(try JSON.decode(ChatChunk.self, from: JSON.encode(chunk)) == chunk) }
    }

    @Test func `bytes that are no JSON are refused, wherever they are cut or changed`() {
        let bytes = JSON.encode(RoomDelta(turn: "lobby.1", attempt: 1, offset: 0, text: "a\n\u{1}\"b"))
        for length in 0..<bytes.count {
            #expect(throws: JSONProblem.self) { try JSON.decode(RoomDelta.self, from: Array(bytes.prefix(length))) }
        }
        for place in bytes.indices {
            var changed = bytes
            changed[place] = 0xFF
            #expect(throws: JSONProblem.self) { try JSON.decode(RoomDelta.self, from: changed) }
        }
    }
}
