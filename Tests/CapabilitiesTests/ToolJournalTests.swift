import Journal
import Services
import Testing

@testable import egghead_toolbox

/// What the journal of calls looks like on the disk. What one version wrote, every later one reads.
@Suite struct ToolJournalTests {
    private static let claims: [ToolClaim] = [
        claim(
            "agent:scout", "lobby.7/1/1", "lobby.7", "create_record", #"{"id":"inbox/leak","body":"Drips.\n\"Ü\""}"#),
        claim("agent:ops/night watch", "lobby.8/1/1", "lobby.8", "search_records", #"{"query":"a/b"}"#),
        claim("agent:scout", "lobby.7/1/2", "lobby.7", "get_record", ""),
        claim("agent:scout", "lobby.7/2/1", "lobby.7", "create_record", #"{"title":"T"}"#),
        claim("agent:scout", "side-room.12/1/1", "side-room.12", "get_record", #"{"id":"a"}"#),
        claim("agent:scout", "lobby.7/2/2", "lobby.7", "create_record", #"{"title":"U"}"#),
    ]
    private static let ends: [EndedToolCall] = [
        end(claims[0], .done, "Created [[inbox/leak]]."), end(claims[1], .done, "[[a/b]] A › B\nText – “quoted”."),
        end(claims[2], .failed, "get_record: `id` is missing; call it again with it"),
        end(claims[3], .unknown, "store: no answer within 30.0 seconds; look before you do it again"),
        end(claims[4], .denied, "denied"),
    ]
    private static let unknown = ToolOutcome(
        .unknown, "The toolbox died while this ran: whether it was done is not known. Look before you do it again.")

    private static func claim(
        _ caller: Principal, _ id: String, _ turn: TurnID, _ name: String, _ arguments: String
    ) -> ToolClaim {
        ToolClaim(
            caller: caller, turn: turn, call: ToolCall(id: id, name: name, arguments: arguments),
            at: "2026-11-22T12:00:00.125Z")
    }

    private static func end(_ claim: ToolClaim, _ status: ToolOutcome.Status, _ text: String) -> EndedToolCall {
        EndedToolCall(key: claim.key, outcome: ToolOutcome(status, text))
    }

    @Test func `a claim and an end are one line each`() {
        let claim =
            #"9271c718 [{"claimed":{"_0":{"at":"2026-11-22T12:00:00.125Z","call":{"arguments":"{\"title\":\"T\"}","#
            + #""id":"lobby.7/2/1","name":"create_record"},"caller":"agent:scout","turn":"lobby.7"}}}]"# + "\n"
        let end =
            #"847628bc [{"ended":{"_0":{"key":{"caller":"agent:scout","id":"lobby.7/1/1"},"#
            + #""outcome":{"status":"done","text":"Created [[inbox/leak]]."}}}}]"# + "\n"
        #expect(String(decoding: Journal.line(of: [ToolJournalEntry.claimed(Self.claims[3])]), as: UTF8.self) == claim)
        #expect(String(decoding: Journal.line(of: [ToolJournalEntry.ended(Self.ends[0])]), as: UTF8.self) == end)
    }

    /// The file was written by the version that had tools as an enumeration.
    @Test func `a journal of an earlier version is read, and means what it meant`() throws {
        let entries =
            zip(Self.claims, Self.ends).flatMap { [ToolJournalEntry.claimed($0), .ended($1)] }
            + [.claimed(Self.claims[5])]
        let bytes = try Golden.bytes("tools.journal", orWrite: entries.flatMap { Journal.line(of: [$0]) })
        let reading = Journal.read(bytes, as: ToolJournalEntry.self)
        #expect(reading == JournalReading(entries: entries, unreadable: [], tornTail: nil))
        var ledger = ToolLedger(entries: reading.entries)
        #expect(ledger.entries.flatMap { Journal.line(of: [$0]) } == bytes)
        #expect(ledger.interrupted() == [.ended(EndedToolCall(key: Self.claims[5].key, outcome: Self.unknown))])
        for entry in ledger.interrupted() { ledger.apply(entry) }
        let outcomes = Self.ends.map(\.outcome)
        #expect(
            ledger.calls(of: TurnKey(caller: "agent:scout", id: "lobby.7")) == [
                MadeToolCall(Self.claims[0].call, outcome: outcomes[0]),
                MadeToolCall(Self.claims[2].call, outcome: outcomes[2]),
                MadeToolCall(Self.claims[3].call, outcome: outcomes[3]),
                MadeToolCall(Self.claims[5].call, outcome: Self.unknown),
            ])
        #expect(
            ledger.calls(of: TurnKey(caller: "agent:ops/night watch", id: "lobby.8")) == [
                MadeToolCall(Self.claims[1].call, outcome: outcomes[1])
            ])
        #expect(ledger.calls(of: TurnKey(caller: "agent:scout", id: "side-room.12")).map(\.outcome) == [outcomes[4]])
        #expect(ledger.calls(of: TurnKey(caller: "agent:scout", id: "lobby.8")) == [])
    }
}
