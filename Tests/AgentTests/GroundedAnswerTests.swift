import Services
import Testing

@testable import egghead_agent

@Suite struct GroundedAnswerTests {
    private static let later = "*In the words of a small local model, to be checked against the notes:*"
    private static let first =
        "*What follows is in the words of a small local model, which knows little and errs often: check it against the "
        + "notes. A provider in `config.yml` gives real answers.*"
    private static let quote = "[[guides/rollback]] · Rollback › When a release is bad\n> Run `deploy --to previous`."

    @Test(arguments: [
        (Grounding.passages([]), false, "The notes hold nothing about this.\n\n\(later)\n\n"),
        (.passages([]), true, "The notes hold nothing about this.\n\n\(first)\n\n"),
        (.passages([Sample.passage]), false, "\(quote)\n\n\(later)\n\n"),
        (
            .passages([Sample.passage, Sample.passage, Sample.passage]), true,
            "\(quote)\n\n\(quote)\n\n\(quote)\n\n\(first)\n\n"
        ),
        (.unavailable("index: no answer"), false, "The notes could not be searched: index: no answer\n\n\(later)\n\n"),
    ])
    func `the preface quotes what the notes hold and marks whose words follow`(
        grounding: Grounding, isFirst: Bool, preface: String
    ) {
        let answer = GroundedAnswer(grounding: grounding, isLocal: true, isFirst: isFirst)
        #expect(answer.preface == preface)
        #expect(GroundedAnswer.modelWords(in: preface + "Roll back.\n\nThen wait.") == "Roll back.\n\nThen wait.")
    }

    @Test(arguments: [
        ("one", "> one"), ("one\ntwo", "> one\n> two"), ("one\n\n  two\n", "> one\n>\n>   two"),
        ("\n\none\r\ntwo", "> one\n> two"), ("> quoted\n# heading", "> > quoted\n> # heading"), ("", ""),
    ])
    func `every line of a passage is quoted as it stands`(text: String, quoted: String) {
        #expect(GroundedAnswer.blockQuote(text) == quoted)
    }

    @Test(arguments: [
        (["Rollback", "Steps"], "Rollback › Steps"), (["Steps"], "Rollback › Steps"), ([], "Rollback"),
    ])
    func `a place names the title once`(headings: [String], place: String) {
        var passage = Sample.passage
        passage.headings = headings
        #expect(passage.place == place)
    }

    @Test func `an answer without a mark is its author's own words`() {
        #expect(GroundedAnswer.modelWords(in: "Just\nwords") == "Just\nwords")
    }
}
