import Services

/// Keeps a key out of an answer that comes piece by piece: a piece may end in the middle of it.
///
/// The end of a piece that may be the beginning of the key is held until the next one, and `rest` gives it when none
/// follows.
struct AnswerScreen: Sendable {
    /// Nil when there is no key, or one that is so short that it may be a word.
    private let forms: SecretForms?
    private var held: ArraySlice<UInt8> = []

    /// A screen that has seen nothing.
    init(_ key: String?) {
        forms = key.flatMap { $0.utf8.count >= SecretWords.lengthMin ? SecretForms($0) : nil }
    }

    /// The words that can be passed on after the next piece.
    mutating func pass(_ piece: String) -> String {
        guard let forms else { return piece }
        let cleaned = forms.cleaned(held + Array(piece.utf8), isEnd: false)
        held = cleaned.held
        return String(decoding: cleaned.words, as: UTF8.self)
    }

    /// The words that were held: no more follow, or something else comes first.
    mutating func rest() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// A tool call without the key.
    func cleaned(_ call: ToolCall) -> ToolCall {
        guard let forms else { return call }
        func cleaned(_ text: String) -> String {
            String(decoding: forms.cleaned(Array(text.utf8), isEnd: true).words, as: UTF8.self)
        }
        return ToolCall(id: cleaned(call.id), name: cleaned(call.name), arguments: cleaned(call.arguments))
    }
}
