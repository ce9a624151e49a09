import Services
import Testing

@testable import egghead_agent

@Suite struct QuotedAnswerTests {
    private static let other = Passage(
        id: "on-call", title: "On call", headings: ["On call"], text: "Call Marta.", score: 1)
    private static let sentence = Index.Passages.Sentence(text: "Run it.", passage: Sample.passage)
    private static let quote = "[[guides/rollback]] · Rollback › When a release is bad\n> Run `deploy --to previous`."

    @Test(arguments: [
        (Index.Passages.Reply(passages: [], rebuilding: false), "No note has an answer to this."),
        (
            .init(passages: [], rebuilding: true),
            "No note has an answer to this so far: the notes are still being read."
        ),
        (.init(passages: [Sample.passage], rebuilding: false), quote),
        (
            .init(passages: [], sentences: [sentence], rebuilding: false),
            "No note answers this for certain. This comes nearest:\n\n"
                + "[[guides/rollback]] · Rollback › When a release is bad\n> Run it."
        ),
        (
            .init(passages: [other, Sample.passage], sentences: [sentence], rebuilding: false),
            "> Run it.\n\n\(quote)\n\n[[on-call]] · On call\n> Call Marta."
        ),
        (.init(passages: [other], sentences: [sentence], rebuilding: false), "> Run it.\n\n\(quote)"),
    ])
    func `the sentence comes first, with its passage before the others`(reply: Index.Passages.Reply, text: String) {
        let answer = QuotedAnswer(found: .success(reply), model: Sample.local, agent: "scout", explains: false)
        #expect(answer.text == text)
    }

    @Test(arguments: [
        (
            Sample.local,
            "*Quoted from the notes: the small local model is asked for no facts. A provider gives real answers: see "
                + "`egghead llm add`.*"
        ),
        (
            Sample.remote,
            "*Quoted from the notes: cloud/large has `tools: false` and cannot look things up. With `voice: free` "
                + "in its record, @scout lets it speak.*"
        ),
    ])
    func `the first answer says why the notes speak, and what gives more`(model: ModelFacts, remark: String) {
        let failure = ServiceFailure(.unavailable, "index: no answer")
        let answer = QuotedAnswer(found: .failure(failure), model: model, agent: "scout", explains: true)
        #expect(answer.text == "The notes could not be searched: index: no answer\n\n\(remark)")
    }
}
