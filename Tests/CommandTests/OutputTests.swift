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

    @Test func `search in rooms prints a message a line, and what is still to be read`() {
        let event = RoomEvent(
            number: 1_234, at: "2026-11-28T12:04:05.678Z", room: "lobby", type: .message, from: "user:ann", text: "")
        let hit = RoomHit(event, snippet: "the **deploy**\n\nis\u{1B}[31m red")
        #expect(
            RoomLines.search([hit], clock: { String($0.prefix(16)) })
                == ["2026-11-28T12:04 lobby 1234 ann: the **deploy** is\\u{1b}[31m red"])
        let reply = Index.SearchRooms.Reply(hits: [hit], readings: [.allWords, .anyWord], unread: 1)
        #expect(
            RoomLines.remarks(on: reply) == [
                "no message contains all of the words; these messages contain some of them",
                "the rooms are being read, 1 event to come; there may be more to find later",
            ])
        let none = Index.SearchRooms.Reply(hits: [], readings: [.allWords], unread: 0)
        #expect(RoomLines.remarks(on: none) == ["nothing found"])
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

    @Test(
        arguments: [
            ([.allWords], nil, 1, []), ([.expression], nil, 1, []), ([], nil, 0, ["nothing found"]),
            (
                [.allWords], .longExpression, 1,
                [
                    "the expression has more than 24 words or 2,048 bytes; its first words are searched for, without "
                        + "operators"
                ]
            ),
            (
                [.allWords, .anyWord], .longQuery, 1,
                [
                    "only the first 24 words, in 2,048 bytes, are searched for",
                    "no record contains all of the words; these records contain some of them",
                ]
            ),
            (
                [.allWords], .brokenExpression, 0,
                [
                    "the expression cannot be read, look at its parentheses; its words are searched for, without "
                        + "operators",
                    "nothing found",
                ]
            ),
        ] as [([SearchReading], SearchObjection?, Int, [String])])
    func `search says what was not read as it was typed`(
        readings: [SearchReading], objection: SearchObjection?, hits: Int, remarks: [String]
    ) {
        let reply = Index.Search.Reply(
            hits: Array(SampleReplies.hits.prefix(hits)), readings: readings, objection: objection, rebuilding: false)
        #expect(RecordLines.remarks(on: reply) == remarks)
    }

    @Test func `a fix that a problem names is the one that is told`() {
        let problem = RecordProblem(path: "", line: nil, message: "no watches are left", fix: "raise their number")
        #expect(Finding(problem).line == "the records directory: no watches are left; raise their number")
        #expect(RecordLines.problems([problem]) == ["the records directory: no watches are left; raise their number"])
        #expect(Finding(SampleReplies.problem).fix == "correct the file")
    }

    @Test func `doctor says of each child that does not serve what to do`() throws {
        let findings = SampleReplies.children.compactMap { Finding($0) } + [Finding(SampleReplies.problem)]
        #expect(try findings.map(\.line) == Self.golden("doctor"))
    }
}
