/// The first answers to write requests, by caller and request id, so that a retry gets the first answer. The oldest are
/// forgotten when there are too many.
public struct AnswerMemory<Answer> {
    /// Identifies a request of a caller.
    public struct Key: Hashable, Sendable {
        /// The caller's name on the bus, which separates the ids of two callers.
        public var caller: String
        /// The caller's id for the request.
        public var request: String

        /// The key of a caller's request; `request` is the id that the caller made.
        public init(caller: String, request: String) {
            self.caller = caller
            self.request = request
        }
    }

    private var answers: [Key: Answer] = [:]
    /// The keys as a ring, the oldest at `oldest` once it is full.
    private var ring: [Key] = []
    private var oldest = 0
    private let capacity: Int

    /// A memory for this number of answers.
    public init(capacity: Int = RecordLimits.rememberedAnswersMax) { self.capacity = capacity }

    /// The first answer, if it is remembered.
    public subscript(key: Key) -> Answer? { answers[key] }

    /// Remembers an answer, or replaces it.
    public mutating func remember(_ answer: Answer, for key: Key) {
        if answers.updateValue(answer, forKey: key) != nil { return }
        if ring.count < capacity {
            ring.append(key)
        } else {
            answers[ring[oldest]] = nil
            ring[oldest] = key
            oldest = (oldest + 1) % capacity
        }
    }
}
