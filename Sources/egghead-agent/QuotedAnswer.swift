import Services

/// An answer in the notes' own words, where the model cannot be trusted with facts: the sentence that answers best, and
/// the passages.
///
///     > Run `deploy --to previous`.
///
///     [[guides/rollback]] · Rollback › When a release is bad
///     > Run `deploy --to previous`. It takes a minute.
///
/// Every word but those that say where it stands is from a note.
struct QuotedAnswer: Hashable {
    /// What the notes hold, and why that is not known.
    var found: Result<Index.Passages.Reply, ServiceFailure>
    /// The model that does not speak.
    var model: ModelFacts
    /// The agent whose answer it is.
    var agent: AgentID
    /// Whether it is said why nobody says more.
    var explains: Bool

    /// The answer as Markdown, never empty.
    var text: String {
        (parts + (explains ? [remark] : [])).joined(separator: "\n\n")
    }

    private var parts: [String] {
        switch found {
        case .failure(let failure): ["The notes could not be searched: \(failure.message)"]
        case .success(let reply): Self.parts(of: reply)
        }
    }

    private static func parts(of reply: Index.Passages.Reply) -> [String] {
        let nothing =
            "No note has an answer to this\(reply.rebuilding ? " so far: the notes are still being read" : "")."
        switch (reply.sentences?.first, reply.passages.isEmpty) {
        case (nil, true): return [nothing]
        case (nil, false): return [GroundedAnswer.quote(reply.passages)]
        case (let sentence?, true):
            return ["No note answers this for certain. This comes nearest:", GroundedAnswer.quote([sentence.alone])]
        case (let sentence?, false):
            return [GroundedAnswer.blockQuote(sentence.text), GroundedAnswer.quote(passages(of: reply, sentence))]
        }
    }

    /// The passages, that of the sentence first; as many as were found.
    private static func passages(of reply: Index.Passages.Reply, _ sentence: Index.Passages.Sentence) -> [Passage] {
        let others = reply.passages.filter { $0 != sentence.passage }
        return [sentence.passage] + others.prefix(max(0, reply.passages.count - 1))
    }

    /// Why nobody says more, and what to do.
    private var remark: String {
        model.isLocal
            ? "*Quoted from the notes: the small local model is asked for no facts. A provider gives real answers: see "
                + "`egghead llm add`.*"
            : "*Quoted from the notes: \(model.name) has `tools: false` and cannot look things up. With `voice: free` "
                + "in its record, @\(agent) lets it speak.*"
    }
}

extension Index.Passages.Sentence {
    /// The passage without its other sentences.
    fileprivate var alone: Passage {
        var passage = passage
        passage.text = text
        return passage
    }
}
