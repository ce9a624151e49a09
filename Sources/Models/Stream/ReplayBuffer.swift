import Services

/// The chunks of one answer, kept so that an asker who lost some gets them again and buys nothing twice.
///
/// Words gather until `flush`, so that the many small deltas that come in one turn of the loop travel as one chunk.
public struct ReplayBuffer: Sendable {
    private var chunks: [ChatChunk] = []
    private var gathered = ""

    /// Whether the last chunk is `done` or `error`.
    public private(set) var isEnded = false
    /// What the stream keeps in memory, in bytes of text.
    public private(set) var byteCount = 0

    /// Why the answer is not whole, once it has ended.
    public var failure: ProviderFailure? { chunks.last?.error }

    /// The longest text of a chunk, in bytes of UTF-8: well under the bus's payload limit, however JSON escapes it.
    public static let chunkTextBytesMax = 65_536

    /// An empty stream.
    public init() {}

    /// Adds words to those that wait for `flush`.
    public mutating func append(_ text: String) {
        precondition(!isEnded, "words after the end of an answer")
        gathered += text
        byteCount += text.utf8.count
    }

    /// Numbers the words that have gathered.
    ///
    /// - Returns: The new chunks: one as a rule, none when nothing has gathered.
    public mutating func flush() -> [ChatChunk] {
        let first = chunks.count
        var rest = gathered[...]
        while !rest.isEmpty {
            let piece = rest.prefix(bytesMax: Self.chunkTextBytesMax)
            chunks.append(ChatChunk(sequence: chunks.count, text: String(piece)))
            rest = rest[piece.endIndex...]
        }
        gathered = ""
        return Array(chunks[first...])
    }

    /// Ends the stream.
    ///
    /// - Returns: The words that had gathered, and the last chunk.
    public mutating func end(_ result: Result<ChatOutcome, ProviderFailure>) -> [ChatChunk] {
        precondition(!isEnded, "an answer ends once")
        var last = flush()
        isEnded = true
        switch result {
        case .success(let outcome): last.append(ChatChunk(sequence: chunks.count, done: outcome))
        case .failure(let failure): last.append(ChatChunk(sequence: chunks.count, error: failure))
        }
        chunks += last.suffix(1)
        return last
    }

    /// The chunks from a number on, for an asker who joins; what has only gathered comes with the next `flush`.
    public func replay(from sequence: Int) -> ArraySlice<ChatChunk> { chunks.dropFirst(max(0, sequence)) }
}
