import Services

/// The first answers to the newest requests; the oldest answer is removed first.
struct RememberedAnswers<Answer: Hashable & Sendable>: Hashable, Sendable {
    private struct Key: Hashable {
        let caller: Principal, request: String
    }

    private var answers: [Key: Answer] = [:]
    private var order: [Key] = []
    /// The place in `order` of the oldest; the array is used as a ring once it is full.
    private var oldest = 0

    subscript(caller caller: Principal, request request: String) -> Answer? {
        answers[Key(caller: caller, request: request)]
    }

    /// Every answer, oldest first.
    var all: [Answer] { (order[oldest...] + order[..<oldest]).compactMap { answers[$0] } }

    mutating func insert(_ answer: Answer, caller: Principal, request: String) {
        let key = Key(caller: caller, request: request)
        guard answers.updateValue(answer, forKey: key) == nil else { return }
        if order.count < RoomsLimits.rememberedAnswersPerRoom {
            order.append(key)
        } else {
            answers[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % order.count
        }
    }
}
