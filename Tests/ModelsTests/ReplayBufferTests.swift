import Models
import Services
import Testing

struct ReplayBufferTests {
    private static let outcome = ChatOutcome(stopReason: .end, usage: nil, provider: "p", model: "m")

    @Test func `deltas of one turn travel as one chunk, numbered without gaps`() {
        var answer = ReplayBuffer()
        #expect(answer.flush() == [])
        answer.append("Hel")
        answer.append("lo")
        #expect(answer.flush() == [ChatChunk(sequence: 0, text: "Hello")])
        answer.append("!")
        #expect(!answer.isEnded)
        #expect(
            answer.end(.success(Self.outcome))
                == [ChatChunk(sequence: 1, text: "!"), ChatChunk(sequence: 2, done: Self.outcome)])
        #expect(answer.isEnded)
        #expect(answer.byteCount == 6)
    }

    @Test(arguments: [(-1, 3), (0, 3), (1, 2), (3, 0), (9, 0)])
    func `an asker gets the chunks from the one that it wants`(from: Int, count: Int) {
        var answer = ReplayBuffer()
        answer.append("a")
        let first = answer.flush()
        answer.append("b")
        let all = first + answer.end(.failure(ProviderFailure(.interrupted, "cut")))
        #expect(Array(answer.replay(from: from)) == all.suffix(count))
    }

    @Test func `a long text is cut between characters`() {
        var answer = ReplayBuffer()
        let text = String(repeating: "x", count: ReplayBuffer.chunkTextBytesMax - 1) + "€ and more"
        answer.append(text)
        let chunks = answer.flush()
        #expect(chunks.map(\.sequence) == [0, 1])
        #expect(chunks.compactMap(\.text).joined() == text)
        #expect(chunks.compactMap(\.text).allSatisfy { $0.utf8.count <= ReplayBuffer.chunkTextBytesMax })
    }
}
