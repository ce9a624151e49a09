import JSON
import Services
import Testing

/// Names as texts, and where a message is read.
@Suite struct IdentifierTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// What is said when a text is no such name.
    private func problem<Value: Decodable>(of json: String, as type: Value.Type) -> String? {
        do throws(JSONProblem) {
            _ = try JSON.decode(type, from: bytes(json))
            return nil
        } catch {
            return error.description
        }
    }

    /// Reads a text as an identifier, writes it, and reads and writes it as JSON.
    private func expectRoundTrip<Name: Identifier>(_ text: String, as type: Name.Type) throws {
        let name = try #require(Name(rawValue: text))
        #expect(name.rawValue == text && name.description == text && "\(name)" == text)
        #expect(JSON.encode([name]) == JSON.encode([text]))
        #expect(try JSON.decode([Name].self, from: JSON.encode([name])) == [name])
    }

    private func expectRefusal<Name: Identifier>(_ text: String, as type: Name.Type) {
        #expect(Name(rawValue: text) == nil)
        let json = String(decoding: JSON.encode(["name": text]), as: UTF8.self)
        #expect(problem(of: json, as: [String: Name].self) == "name: \(Name.requirement)")
    }

    @Test(arguments: ["a", "lobby", "A_b-9", "-", String(repeating: "a", count: 64)])
    func `a room's name is its text`(text: String) throws {
        try expectRoundTrip(text, as: RoomName.self)
    }

    @Test(arguments: ["", "lob by", "the.lobby", "größe", "a/b", "a\n", "%20", String(repeating: "a", count: 65)])
    func `what would not be one token or one file is no room's name`(text: String) {
        expectRefusal(text, as: RoomName.self)
    }

    @Test(
        arguments: [("lobby.1", "lobby", 1), ("a-b_c.70", "a-b_c", 70), ("x.9007199254740992", "x", TurnID.numberMax)]
            as [(String, RoomName, Int)])
    func `a turn's id is its room and its number`(text: String, room: RoomName, number: Int) throws {
        try expectRoundTrip(text, as: TurnID.self)
        #expect(TurnID(rawValue: text) == TurnID(room: room, number: number))
        #expect(TurnID(rawValue: text)?.room == room && TurnID(rawValue: text)?.number == number)
    }

    @Test(arguments: [
        "", ".", "lobby", "lobby.", "lobby.0", "lobby.07", "lobby.+7", "lobby.-7", "lobby.7 ", "lobby.x", ".7",
        "lob by.1", "a.b.1", "lobby.99999999999999999999", "nonsense",
    ])
    func `no other text is a turn's id`(text: String) {
        expectRefusal(text, as: TurnID.self)
    }

    @Test(
        arguments: [
            ("agent:scout", .agent("scout")), ("agent:people/ann b", .agent("people/ann b")),
            ("agent:a:b", .agent("a:b")), ("user:ann", .user("ann")), ("client:laptop", .client("laptop")),
            ("coordinator", .coordinator), ("store", .service(.store)),
        ] as [(String, Principal)])
    func `a principal is its kind and its name`(text: String, principal: Principal) throws {
        try expectRoundTrip(text, as: Principal.self)
        #expect(Principal(rawValue: text) == principal)
    }

    @Test(arguments: ["", ":", ":x", "agent:", "agent", "user", "user:", "client:", "mcp:", "model:local", "Store"])
    func `who may not speak is no principal`(text: String) {
        expectRefusal(text, as: Principal.self)
    }

    @Test func `what a principal is, is told by its kind`() {
        let all: [Principal] = [.agent("a"), .user("b"), .client("c"), .coordinator]
        #expect(all.map(\.name) == ["a", "b", "c", "coordinator"])
        #expect(all.map(\.agent) == ["a", nil, nil, nil])
        #expect(all.map(\.isPerson) == [false, true, true, false])
        #expect(all.map(\.isService) == [false, false, false, true])
    }

    @Test(arguments: ["", "scout", "people/ann b", "größe:é", "a\n\"b"])
    func `any text can be asked for as a record or an agent`(text: String) throws {
        try expectRoundTrip(text, as: RecordID.self)
        try expectRoundTrip(text, as: AgentID.self)
        #expect(AgentID(RecordID(text)).record == RecordID(text))
        #expect(AgentID(text).child == "agent:" + text)
    }

    @Test func `identifiers are in the order of their texts`() {
        #expect((["lobby.9", "lobby.10", "attic.1"] as [TurnID]).sorted() == ["attic.1", "lobby.10", "lobby.9"])
        #expect((["user:a", "agent:b", "store"] as [Principal]).sorted() == ["agent:b", "store", "user:a"])
    }

    @Test(arguments: ["lob by", "", String(repeating: "a", count: 65)])
    func `a message to what is no room's name is refused where it is read`(room: String) {
        let json = #"{"request":"r","room":"\#(room)","text":"x"}"#
        #expect(
            problem(of: json, as: Coordinator.Post.Request.self)
                == "room: a room's name is 1 to 64 letters, digits, - and _; choose such a name")
    }

    @Test func `the end and the progress of what is no turn are refused where they are read`() {
        let words = "turn: a turn's id is the name of its room, a dot and a number from 1"
        let finish = #"{"request":"f","turn":"nonsense","attempt":1,"outcome":"answered","text":"mine"}"#
        #expect(problem(of: finish, as: Coordinator.Finish.Request.self) == words)
        let progress = #"{"turn":"nonsense","attempt":1,"incarnation":1}"#
        #expect(problem(of: progress, as: Coordinator.Progress.Request.self) == words)
        let delta = #"{"turn":"nonsense","attempt":1,"offset":0,"text":"x"}"#
        #expect(problem(of: delta, as: RoomDelta.self) == words)
    }
}
