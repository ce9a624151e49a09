import SampleNode
import Services
import Testing

@testable import egghead

/// What the commands print of an answer, compared with `Golden`. The exact text is an interface: scripts read it.
struct OutputTests {
    private static func golden(_ name: String) throws -> [String] { try goldenLines(name, beside: #filePath) }

    @Test func `ps prints a child a line, indented below its supervisor`() throws {
        let lines = ProcessTable.lines(
            sampleTree, now: "2026-11-22T12:04:05.000Z", clock: { String($0.prefix(16)) }, .byBlock)
        #expect(try lines == Self.golden("ps"))
    }

    @Test func `ps and doctor name the reason of an exit in a few words`() throws {
        #expect(try SampleReplies.exits.map(\.text) == Self.golden("exits"))
    }

    @Test func `bus stats prints a connection a line and the sums below`() throws {
        #expect(try BusTable.lines(SampleReplies.stats, .byBlock) == Self.golden("bus-stats"))
    }

    @Test func `agents prints an agent a line, and what could not be read and still runs`() throws {
        let lines =
            AgentLines.list(SampleReplies.agents, uses: SampleReplies.uses) + AgentLines.kept(SampleReplies.undecided)
        #expect(try lines == Self.golden("agents"))
    }

    @Test func `agents show prints the keys that are set, the state and the disposition`() throws {
        let lines = zip(SampleReplies.agents, [SampleReplies.children[3], nil]).flatMap {
            AgentLines.show($0, use: SampleReplies.uses[$0.id], child: $1)
        }
        #expect(
            try lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
                == Self.golden("agents-show").map { $0[...] })
    }

    @Test func `rooms prints a room a line, with what its agents do`() throws {
        #expect(try RoomLines.list(SampleReplies.rooms) == Self.golden("rooms"))
    }

    @Test func `the commands for records print what was found, safe for a terminal`() throws {
        #expect(
            try RecordLines.recent(SampleReplies.records, clock: { String($0.prefix(16)) }) == Self.golden("recent"))
        #expect(try RecordLines.tags(SampleReplies.tags) == Self.golden("tags"))
        #expect(try RecordLines.links(SampleReplies.links) == Self.golden("links"))
        #expect(try RecordLines.search(SampleReplies.hits) == Self.golden("search"))
        #expect(try RecordLines.passages(SampleReplies.passages) == Self.golden("search-passages"))
    }

    @Test func `get prints a record without the end of its last line`() {
        let summary = SampleReplies.records[0]
        for (body, printed) in [("", ""), ("\n", ""), ("a\n\n", "a\n"), ("a\u{1B}b", "a\\u{1b}b")] {
            #expect(RecordLines.body(RecordReply(summary: summary, fields: [:], body: body)) == printed)
        }
    }

    @Test func `check prints the problems of files and the broken links in the order of their places`() throws {
        let problems = RecordCheck.problems(
            [SampleReplies.problem], unresolved: SampleReplies.unresolved, texts: SampleReplies.texts)
        #expect(try RecordLines.problems(problems) == Self.golden("check"))
    }

    @Test func `doctor says of each child that does not serve what to do`() throws {
        let findings = SampleReplies.children.compactMap { Finding($0) } + [Finding(SampleReplies.problem)]
        #expect(try findings.map(\.line) == Self.golden("doctor"))
    }
}
