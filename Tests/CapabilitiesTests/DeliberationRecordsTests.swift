import Capabilities
import Services
import Testing

@testable import egghead_toolbox

@Suite struct DeliberationRecordsTests {
    private let name = DeliberationNames.Name(
        id: "deliberations/a-b/lobby/20261122T120000Z", created: "2026-11-22T12:00:00Z")

    private func request(_ part: Int, of parts: Int) -> Toolbox.WriteDeliberation.Request {
        Toolbox.WriteDeliberation.Request(
            request: "r", room: "lobby", part: part, parts: parts,
            fields: [
                "id": .string("x"), "class": .string("agent"), "author": .string("user:ann"),
                "created": .string("never"), "model": .string("m"),
            ],
            body: "text")
    }

    private func fields(_ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        [
            "class": .string("deliberation"), "author": .string("agent:a/b"),
            "created": .string("2026-11-22T12:00:00Z"),
            "model": .string("m"),
        ].merging(more) { $1 }
    }

    @Test func `whose a deliberation is the toolbox says, whatever the request does`() {
        #expect(
            DeliberationRecords.creation(request(1, of: 1), of: "a/b", as: name)
                == Store.Create.Request(request: "a/b:r/1", id: name.id, fields: fields(), body: "text"))
    }

    @Test func `the parts before the last one lie below it`() {
        let parts: [String: JSONValue] = ["parts": .integer(2)]
        #expect(
            DeliberationRecords.creation(request(1, of: 2), of: "a/b", as: name)
                == Store.Create.Request(
                    request: "a/b:r/1", id: "deliberations/a-b/lobby/20261122T120000Z/1",
                    fields: fields(parts.merging(["part": .integer(1)]) { $1 }), body: "text"))
        #expect(
            DeliberationRecords.creation(request(2, of: 2), of: "a/b", as: name)
                == Store.Create.Request(
                    request: "a/b:r/2", id: name.id,
                    fields: fields(parts.merging(["part": .integer(2)]) { $1 }),
                    body: "text"))
    }

    @Test(arguments: [
        (1, 1, true), (1, 0, true), (0, 1, false), (2, 1, false), (3, 3, true), (4, 3, false), (-1, -1, false),
    ])
    func `a deliberation has the parts from 1 to the last`(part: Int, parts: Int, isPart: Bool) {
        let refusal = ServiceFailure(
            .invalid, "write_deliberation: part \(part) of \(parts) in room lobby: there is no such part")
        #expect(DeliberationRecords.refusal(of: request(part, of: parts)) == (isPart ? nil : refusal))
    }

    @Test func `the newest is the newest last part of one's own`() {
        func summary(_ id: String, _ author: String?) -> RecordSummary {
            RecordSummary(
                id: RecordID("deliberations/a-b/lobby/" + id), path: "", title: "",
                recordClass: .deliberation, tags: [],
                author: author, created: nil, updated: "", revision: "")
        }
        let records = [
            summary("5/1", "agent:a/b"), summary("4", "agent:a-b"), summary("3", nil),
            summary("2", "agent:a/b"),
            summary("1", "agent:a/b"),
        ]
        #expect(DeliberationRecords.newest(of: "a/b", in: "lobby", among: records) == records[3])
        #expect(DeliberationRecords.newest(of: "a-b", in: "lobby", among: records) == records[1])
        #expect(DeliberationRecords.newest(of: "c", in: "lobby", among: records) == nil)
        #expect(
            DeliberationRecords.list(of: "a/b", in: "lobby")
                == Store.List.Request(
                    recordClass: .deliberation, prefix: "deliberations/a-b/lobby/", descending: true,
                    limit: 200))
    }
}
