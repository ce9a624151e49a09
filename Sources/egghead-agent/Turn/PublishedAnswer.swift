import Rooms
import Services

/// The answer of a turn as it grows, and how much of it the room has been shown.
///
///     the program's part │ words before tool calls │ words of the newest step
///                        prefaceBytes              stepStart
///
/// All positions are bytes of UTF-8.
struct PublishedAnswer: Hashable {
    /// Words that the room is to be shown, and where in the answer they begin.
    struct Piece: Hashable {
        /// The first byte's place in the answer.
        var offset: Int
        /// The words, never empty.
        var text: String
    }

    /// The answer so far, the program's part included.
    private(set) var text = ""
    /// Whether the answer was cut at the longest message that a room takes: the coordinator would cut it there.
    private(set) var isCut = false
    private var publishedBytes = 0
    private var prefaceBytes = 0
    private var stepStart = 0

    /// Whether the model has said something in an earlier step.
    var hasWordsBeforeStep: Bool { stepStart > prefaceBytes }

    /// The answer without the words of the newest step.
    var textBeforeStep: String { String(decoding: text.utf8.prefix(stepStart), as: UTF8.self) }

    /// Puts the program's part before the model's words.
    mutating func begin(preface: String) -> Piece? {
        let piece = say(preface)
        prefaceBytes = text.utf8.count
        return piece
    }

    /// Begins a step: the words from here on are a new answer of the model.
    mutating func beginStep() { stepStart = text.utf8.count }

    /// Takes back the words of the newest step.
    mutating func dropStep() {
        text = textBeforeStep
        isCut = false
        publishedBytes = min(publishedBytes, text.utf8.count)
    }

    /// Takes back the words of the newest step, of which the room may have been shown some, for others. These it gets
    /// with the whole answer, since what it was shown cannot be taken back by a piece.
    mutating func replaceStep(with words: String) {
        dropStep()
        _ = say(words)
        publishedBytes = text.utf8.count
    }

    /// Adds words of the model, up to the longest message.
    ///
    /// - Returns: What the room is to be shown now.
    mutating func say(_ words: String) -> Piece? {
        if isCut { return nil }
        // Some models begin with line ends.
        let words = text.utf8.count == stepStart ? String(words.drop(while: \.isNewline)) : words
        if words.isEmpty { return nil }
        // What the model says after a tool call is a paragraph of its own.
        if text.utf8.count == stepStart, hasWordsBeforeStep { text += "\n\n" }
        text += words
        isCut = text.utf8.count > RoomsLimits.textBytesMax
        if isCut { text = text.prefix(bytesMax: Self.uncutBytesMax) + Self.remark }
        return publish()
    }

    /// Adds the program's remark on how the answer ended. It is shown with the next `publish`.
    mutating func end(with remark: String) { text += remark }

    /// Begins to show the answer from its first byte, as a new attempt does.
    mutating func republish() -> Piece? {
        publishedBytes = 0
        return publish()
    }

    /// What has not been shown. The beginning of what may become a pass is held back, and so is the end of an answer
    /// that may become too long, since it would be cut there: what was shown is a part of the answer.
    mutating func publish() -> Piece? {
        if isCut { return nil }
        let end = publishedBytes <= stepStart && mayBecomePass ? stepStart : uncutBytes
        let bytes = text.utf8.prefix(end).dropFirst(publishedBytes)
        if bytes.isEmpty { return nil }
        let piece = Piece(offset: publishedBytes, text: String(decoding: bytes, as: UTF8.self))
        publishedBytes += bytes.count
        return piece
    }

    /// How much of the answer stays when it becomes too long.
    private var uncutBytes: Int { text.prefix(bytesMax: Self.uncutBytesMax).utf8.count }

    /// What a person reads behind the last words that fit.
    private static let remark =
        " […] (A message has at most 64 KiB: the rest of the answer is left out. "
        + "Ask for it in parts, or as a record.)"

    /// The longest message without the place of the remark that it was cut.
    private static let uncutBytesMax = RoomsLimits.textBytesMax - 512

    /// Whether the words of the newest step are the beginning of a pass.
    ///
    /// They are read by scalars: from a place in bytes, Swift finds each of many flags in a row by counting those
    /// before it.
    private var mayBecomePass: Bool {
        let start = text.utf8.index(text.startIndex, offsetBy: stepStart)
        return PassWord.mayBecomePass(text[start...].unicodeScalars)
    }
}
