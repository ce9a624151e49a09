import Services

/// Whether the model has stopped, by what the events of its answer have told so far.
///
/// A stop that is told by itself, behind the answer, is final. One that comes together with a piece of the answer, or
/// before all of them, may be none, as there are servers that tell one with each piece: what goes on behind it makes it
/// void until the next one.
///
/// | the stop | the mark of the end | the stream ends in order | it breaks off | an error |
/// |---|---|---|---|---|
/// | by itself, or with the last piece | whole | whole | whole | whole |
/// | with the last piece, and with others before it | whole | whole | cut | cut |
/// | before the last piece | whole | cut | cut | cut |
///
/// Where a vendor's own models tell a stop with each piece, none is final: an error is passed over only behind a stop
/// by itself, behind the usage, or behind pieces without a stop. All three together prove the end, whatever follows.
struct AnswerStop {
    /// Why the model has stopped; nil while it has not.
    private(set) var reason: ChatOutcome.StopReason?
    /// Whether the newest thing that the model has done is to stop, told by itself.
    private(set) var isAlone = false
    /// Whether nothing of the answer can come any more.
    private(set) var isFinal = false
    /// Whether a piece of the answer has come that the reason is not told of.
    private var isBehind = false
    /// Whether a piece has come behind a stop.
    private var hasGoneOn = false
    /// Whether a piece has come without a stop.
    private var hasPieceWithout = false
    /// Whether the usage has come with the newest stop, or behind it.
    private var hasUsage = false
    /// Whether the end is beyond doubt, although the vendor's models go on behind a stop.
    private var isProven = false
    /// Whether it is a habit of the vendor's to tell a stop with each piece.
    private let isToldWithEach: Bool

    /// No event has come.
    ///
    /// - Parameter isToldWithEach: Whether it is a habit of the vendor's to tell a stop with each piece.
    init(isToldWithEach: Bool) { self.isToldWithEach = isToldWithEach }

    /// Whether the answer is whole when the stream ends in order, without a mark.
    var isAtEnd: Bool { reason != nil && (isProven || !isBehind) }
    /// Whether the answer is whole when the stream breaks off.
    var isCertain: Bool { isAtEnd && (isProven || isFinal || isAlone || !hasGoneOn) }
    /// Whether the answer is whole although the vendor tells of an error.
    var outlastsErrors: Bool {
        isCertain && (!isToldWithEach || isProven || isAlone || hasUsage || hasPieceWithout)
    }

    /// Takes an event as a whole, before the things in it.
    ///
    /// - Parameter hasBegun: Whether anything of the answer had come before it.
    mutating func note(_ event: [AnswerEvent], hasBegun: Bool) {
        let isStop = event.contains { if case .stop = $0 { true } else { false } }
        let isWork = event.contains(where: \.isWork), isPiece = event.contains(where: \.isPiece)
        if isWork || isStop { isAlone = isStop && !isWork }
        if isStop { hasUsage = false }
        if event.contains(where: { if case .usage = $0 { true } else { false } }) { hasUsage = true }
        if isPiece, !isFinal {
            hasGoneOn = hasGoneOn || reason != nil
            isBehind = true
        }
        if isPiece, !isStop { hasPieceWithout = true }
        if isAlone, !isToldWithEach, hasBegun { isFinal = true }
        if isAlone, isToldWithEach, hasUsage, hasPieceWithout, !hasGoneOn { isProven = true }
    }

    /// Takes the reason that an event tells. A later one counts, unless it only says of a cut that it is an end.
    mutating func take(_ reason: ChatOutcome.StopReason) {
        guard self.reason == nil || isBehind || reason == .length || reason == .filtered else { return }
        self.reason = reason
        isBehind = false
    }
}

extension AnswerEvent {
    /// Whether the model has added something to its answer.
    fileprivate var isWork: Bool {
        switch self {
        case .text, .callBegun, .opaque, .piece: true
        case .stop, .usage, .refused, .malformed, .done: false
        }
    }

    /// Whether it is a piece of the answer. Signatures may follow the end.
    fileprivate var isPiece: Bool { if case .opaque = self { false } else { isWork } }
}
