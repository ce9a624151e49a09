import Services

/// The chunks of one answer, kept so that an asker who lost some gets them again and buys nothing twice.
///
/// Words gather until `flush`, so that the many small deltas that come in one turn of the loop travel as one chunk.
public struct ReplayBuffer: Sendable {
    /// All words, also those that have only gathered.
    public private(set) var text = ""
    /// Where each chunk ends in the text, in bytes of UTF-8. A chunk itself takes ten times the memory of its words.
    private var ends: [Int] = []
    /// `done` or `error`, once the stream has ended.
    private var last: ChatChunk?

    /// Whether the last chunk is `done` or `error`.
    public var isEnded: Bool { last != nil }
    /// What the stream keeps in memory, in bytes of text.
    public var byteCount: Int { text.utf8.count }

    /// Whether words wait for `flush`.
    public var hasGathered: Bool { numbered < byteCount }

    /// Why the answer is not whole, once it has ended.
    public var failure: ProviderFailure? { last?.error }

    /// The longest text of a chunk, in bytes of UTF-8: well under the bus's payload limit, however JSON escapes it.
    public static let chunkTextBytesMax = 65_536

    /// An empty stream.
    public init() {}

    /// Adds words to those that wait for `flush`.
    public mutating func append(_ words: String) {
        precondition(!isEnded, "words after the end of an answer")
        text += words
    }

    /// Numbers the words that have gathered.
    ///
    /// - Returns: The new chunks: one as a rule, none when nothing has gathered.
    public mutating func flush() -> [ChatChunk] {
        let first = ends.count
        while hasGathered {
            ends.append(numbered + text[place(numbered)...].prefix(bytesMax: Self.chunkTextBytesMax).utf8.count)
        }
        return (first..<ends.count).map(chunk)
    }

    /// Ends the stream.
    ///
    /// - Returns: The words that had gathered, and the last chunk.
    public mutating func end(_ result: Result<ChatOutcome, ProviderFailure>) -> [ChatChunk] {
        precondition(!isEnded, "an answer ends once")
        let words = flush()
        let end =
            switch result {
            case .success(let outcome): ChatChunk(sequence: ends.count, done: outcome)
            case .failure(let failure): ChatChunk(sequence: ends.count, error: failure)
            }
        last = end
        return words + [end]
    }

    /// The chunks from a number on, for an asker who joins; what has only gathered comes with the next `flush`.
    public func replay(from sequence: Int) -> [ChatChunk] {
        let words = (min(max(0, sequence), ends.count)..<ends.count).map(chunk)
        return words + (last.map { sequence <= $0.sequence ? [$0] : [] } ?? [])
    }

    /// Where the words begin that have only gathered.
    private var numbered: Int { ends.last ?? 0 }

    private func chunk(_ number: Int) -> ChatChunk {
        let start = number > 0 ? ends[number - 1] : 0
        return ChatChunk(sequence: number, text: String(text[place(start)..<place(ends[number])]))
    }

    private func place(_ bytes: Int) -> String.Index { text.utf8.index(text.startIndex, offsetBy: bytes) }
}
