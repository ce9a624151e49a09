import Testing

@testable import Records

struct RecordPassageTests {
    @Test func `passages end at headings and name those above them`() {
        let body = """
            Preface.

            # Outage

            ## Cause

            The disk was full.

            It was full of logs.

            ```
            # not a heading
            ```

            ### Detail
            ## What changed
              - logs rotate

            # Other
            End.
            """
        #expect(
            RecordPassage.split(body, in: .markdown) == [
                RecordPassage(headings: [], text: "Preface."),
                RecordPassage(
                    headings: ["Outage", "Cause"],
                    text: "The disk was full.\n\nIt was full of logs.\n\n```\n# not a heading\n```"),
                RecordPassage(headings: ["Outage", "What changed"], text: "  - logs rotate"),
                RecordPassage(headings: ["Other"], text: "End."),
            ])
    }

    @Test func `a long section is cut between paragraphs, and nothing of it is lost or changed`() {
        let paragraphs = (1...40).map { "Paragraph \($0) " + String(repeating: "word ", count: 20) + "end." }
        let body = paragraphs.joined(separator: "\n\n")
        let passages = RecordPassage.split(body, in: .markdown)
        #expect(passages.map(\.text).joined(separator: "\n\n") == body)
        #expect(passages.allSatisfy { $0.text.utf8.count <= RecordLimits.passageBytesAim + 10 })
    }

    @Test(arguments: ["word ", "ü", "line\n", "日本語", "e\u{301}"])
    func `a paragraph longer than a passage may be is cut where it hurts least`(unit: String) {
        let body = String(repeating: unit, count: 2_000)
        let passages = RecordPassage.split(body, in: .markdown)
        #expect(passages.allSatisfy { $0.text.utf8.count <= RecordLimits.passageBytesMax })
        #expect(passages.map(\.text).joined().filter { !$0.isWhitespace } == body.filter { !$0.isWhitespace })
    }

    @Test func `a heading that is too long for a title is text`() {
        let long = "# " + String(repeating: "x", count: RecordLimits.headingBytesMax)
        #expect(RecordPassage.split(long, in: .markdown) == [RecordPassage(headings: [], text: long)])
        #expect(Record(path: "a.md", text: long).title == "a")
    }

    @Test(arguments: ["", "\n\n", "# Only a heading"])
    func `no text, no passage`(body: String) { #expect(RecordPassage.split(body, in: .markdown) == []) }
}
