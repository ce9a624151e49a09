import Services

/// The id of a call of the model. A request under the id of an earlier one joins that call; nothing is bought twice.
///
///     lobby.7/1                          the first step of the turn's first attempt
///     lobby.7/1/after-3                  the step after the third tool call
///     lobby.7/1/after-3/short            the same step with a shorter conversation
///     lobby.7/1/after-3/short/everyone   the same step after a pass that is no answer
///     lobby.7/1/choice-2                 the first step, asked of a second model
///     lobby.7/0/note                     the note on the first session of a hand-off after the turn
///     lobby.7/0/note/short               the same note on the newest messages alone
///
/// The id is written and never parsed: the fields say what the call is.
enum ChatID: Hashable, CustomStringConvertible {
    /// A step of a turn: its attempt counts from 1, `toolCalls` are those made before the step, and `choice` counts the
    /// models that were asked in the turn, from 1.
    case answer(turn: TurnID, attempt: Int, toolCalls: Int, choice: Int, isShortened: Bool, refusesPass: Bool)
    /// The note on a session, counted from 0, of the hand-off after a turn.
    case note(turn: TurnID, session: Int, isShortened: Bool)

    /// The id as the gateway gets it.
    var description: String {
        switch self {
        case .answer(let turn, let attempt, let toolCalls, let choice, let isShortened, let refusesPass):
            "\(turn)/\(attempt)" + (toolCalls == 0 ? "" : "/after-\(toolCalls)")
                + (choice == 1 ? "" : "/choice-\(choice)") + (isShortened ? "/short" : "")
                + (refusesPass ? "/everyone" : "")
        case .note(let turn, let session, let isShortened): "\(turn)/\(session)/note" + (isShortened ? "/short" : "")
        }
    }

    /// Whether the conversation was made shorter because the provider refused a longer one.
    var isShortened: Bool {
        switch self {
        case .answer(_, _, _, _, let isShortened, _), .note(_, _, let isShortened): isShortened
        }
    }

    /// The id of the same step, asked again after a pass; the id of a note is returned as it is.
    var refusingPass: ChatID {
        switch self {
        case .answer(let turn, let attempt, let toolCalls, let choice, let isShortened, _):
            .answer(
                turn: turn, attempt: attempt, toolCalls: toolCalls, choice: choice, isShortened: isShortened,
                refusesPass: true)
        case .note: self
        }
    }
}
