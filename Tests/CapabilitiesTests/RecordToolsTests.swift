import Capabilities
import Services
import Testing

@testable import egghead_toolbox

@Suite struct RecordToolsTests {
    private func creation(_ arguments: String) throws -> Store.Create.Request {
        let call = ToolCall(id: "lobby.7/1/1", name: "create_record", arguments: arguments)
        let authorized = try AuthorizedCall(call, of: "ops/scout", authority: Authority(of: nil), menu: Tool.records)
        return try RecordTools.creation(authorized, at: "2026-11-22T12:00:00Z")
    }

    @Test func `a note's author and request are the caller's, whatever the model says`() throws {
        let fields: [String: JSONValue] = [
            "title": .string("T"), "author": .string("agent:ops/scout"), "created": .string("2026-11-22T12:00:00Z"),
        ]
        #expect(
            try creation(#"{"title":"T","body":"b","author":"user:ann"}"#)
                == Store.Create.Request(request: "ops/scout:lobby.7/1/1", id: nil, fields: fields, body: "b"))
        let tagged = fields.merging(["tags": .array([.string("x")])]) { $1 }
        #expect(
            try creation(#"{"title":"T","body":"b","tags":["x"],"id":"a/b"}"#)
                == Store.Create.Request(request: "ops/scout:lobby.7/1/1", id: "a/b", fields: tagged, body: "b"))
        #expect(try creation(#"{"title":"T","body":"b","tags":[],"id":" "}"#).fields == fields)
    }

    @Test(arguments: [
        (#"{"body":"b"}"#, "create_record: `title` is missing; call it again with it"),
        (#"{"title":"T"}"#, "create_record: `body` is missing; call it again with it"),
        (
            #"{"title":"T","body":"b","id":"deliberations/x"}"#,
            "create_record: deliberations/x lies where only the program writes; choose another id"
        ),
        (
            #"{"title":"T","body":"b","id":"transcripts/x"}"#,
            "create_record: transcripts/x lies where only the program writes; choose another id"
        ),
        (
            #"{"title":"T","body":"b","tags":"x"}"#,
            "create_record: `tags` is no list of texts; call it again with one"
        ),
    ])
    func `a note that cannot be made is refused in words`(arguments: String, message: String) {
        #expect(throws: ServiceFailure(.invalid, message)) { try creation(arguments) }
    }

    @Test(
        arguments: [
            (["records.search"], "a", nil, true), (["records.search:a/*"], "a/b", nil, true),
            (["records.search:a/*"], "b", nil, false), (["records.search:a/*"], "b", .durable, false),
            (["records.read"], "a", nil, false), ([], "a", .durable, false),
        ] as [([String], RecordID, RecordClass?, Bool)])
    func `lists show what may be searched for`(
        grants: [String], id: RecordID, recordClass: RecordClass?, isSeen: Bool
    ) {
        #expect(RecordSight(Authority(of: grants)).sees(id, recordClass) == isSeen)
    }

    @Test func `where classes are granted, what has no known class is not shown`() {
        let sight = RecordSight(Authority(capabilities: [Grant(.searchRecords, [.classes: ["inbox"]])]))
        #expect(sight.sees("a", .inbox) && !sight.sees("a", .durable) && !sight.sees("a", nil))
    }

    @Test(arguments: [
        (ServiceFailure.Code.timeout, ToolOutcome.Status.unknown), (.unavailable, .unknown), (.internalError, .unknown),
        (.invalid, .failed), (.notFound, .failed), (.exists, .failed), (.stale, .failed), (.denied, .failed),
        (.exhausted, .failed), (.failed, .failed),
    ])
    func `a write that may have been done is unknown, one that was refused has failed`(
        code: ServiceFailure.Code, status: ToolOutcome.Status
    ) {
        let text = status == .unknown ? "why; look before you do it again" : "why"
        #expect(
            RecordTools.outcome(ofFailedWrite: ServiceFailure(code, "why")) == ToolOutcome(status, text))
    }

    @Test func `a tool's text is at most 64 KiB, and says when it is cut`() {
        let whole = String(repeating: "x", count: 65_536)
        #expect(RecordTools.outcome(whole) == ToolOutcome(.done, whole))
        #expect(
            RecordTools.outcome(whole + "y")
                == ToolOutcome(.done, whole + "\n[The text goes on; this is its beginning.]"))
    }

    // MARK: Search

    private static let request = Index.Passages.Request(question: "q")

    @Test(
        arguments: [
            (nil, nil, 6), (["records.search"], nil, 6),
            (["records.search", "records.search:a/*"], nil, 6),
            (["records.search:a/*"], 20, 5), (["records.search:a/*", "records.read"], 20, 5),
            (["records.search:a/1"], 20, 1), (["records.read"], 20, 0), ([], 20, 0),
        ] as [([String]?, Int?, Int)])
    func `a search sees what its scope takes in, and asks for more under one`(
        grants: [String]?, limit: Int?, seen: Int
    ) {
        let authority = grants.map { Authority(of: $0) }
        #expect(
            RecordSearch.widened(Self.request, authority: authority)
                == Index.Passages.Request(question: "q", limit: limit))
        let passages = (["b/0"] + (1...6).map { "a/\($0)" }).map {
            Passage(id: RecordID($0), title: "", headings: [], text: "", score: 1)
        }
        let whole = Index.Passages.Reply(passages: passages, rebuilding: true)
        let found = RecordSearch.filtered(whole, for: Self.request, authority: authority)
        #expect(
            found
                == (limit == nil
                    ? whole : .init(passages: Array(passages[1..<(1 + seen)]), rebuilding: true)))
        let two = Index.Passages.Request(question: "q", limit: 2)
        #expect(
            RecordSearch.filtered(whole, for: two, authority: authority).passages.count
                == (limit == nil ? 7 : min(2, seen)))
    }

    @Test func `a sentence of a record outside the scope is not seen either`() {
        let sentences = ["b/0", "a/1", "b/2", "a/3"].map {
            Index.Passages.Sentence(
                text: $0, passage: Passage(id: RecordID($0), title: "", headings: [], text: "", score: 1))
        }
        let whole = Index.Passages.Reply(passages: [], sentences: sentences, rebuilding: false)
        let authority = Authority(of: ["records.search:a/*"])
        let found = RecordSearch.filtered(whole, for: Self.request, authority: authority)
        #expect(found.sentences?.map(\.text) == ["a/1", "a/3"])
        #expect(RecordSearch.filtered(whole, for: Self.request, authority: Authority(of: [])).sentences == [])
        #expect(RecordSearch.filtered(whole, for: Self.request, authority: nil) == whole)
    }

    // MARK: The list of calls

    @Test func `calls that do not fit a message are shortened, each to its share`() {
        let call = ToolCall(id: "c", name: "t", arguments: String(repeating: "a", count: 100_000))
        let fits = MadeToolCall(
            call, outcome: ToolOutcome(.done, String(repeating: "b", count: 100_000)))
        #expect(Toolbox.Calls.Reply(fitting: [fits, fits]).calls == [fits, fits])
        #expect(Toolbox.Calls.Reply(fitting: []).calls == [])
        var (long, short) = (fits, fits)
        long.call.arguments += "a"
        long.outcome?.text += "b"
        short.call.arguments = #"{"shortened":true}"#
        short.outcome?.text += " [shortened here; call the tool again for all]"
        #expect(Toolbox.Calls.Reply(fitting: [long, fits]).calls == [short, fits])
    }
}
