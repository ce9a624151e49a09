import Services

/// A turn that has ended, as the deliberation reports it.
struct FinishedTurn: Hashable {
    /// The turn's id and the attempt that ended it.
    var turn: TurnID, attempt: Int
    /// The event that it answered.
    var number: Int
    /// Who asked.
    var from: Principal
    /// What was asked.
    var question: String
    /// What the notes held.
    var passages: [Passage]
    /// The tools that the model called, step by step.
    var exchanges: [ToolExchange] = []
    /// How it ended.
    var outcome: Coordinator.Finish.Outcome
    /// The answer or the notice.
    var text: String

    /// The memory that the turn takes, in bytes, nearly.
    var bytes: Int {
        let made = exchanges.flatMap(\.calls).reduce(0) {
            $0 + $1.call.arguments.utf8.count + ($1.outcome?.text.utf8.count ?? 0)
        }
        return question.utf8.count + text.utf8.count + passages.reduce(0) { $0 + $1.text.utf8.count } + made
    }
}
