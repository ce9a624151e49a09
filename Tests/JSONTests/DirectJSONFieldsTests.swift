import FoundationEssentials
import Services
import Testing

@testable import JSON

/// What `DirectJSON` writes by hand is compared with what the general encoder writes of the same value, so a field that
/// it does not know fails here.
@Suite struct DirectJSONFieldsTests {
    /// A value of each type that is coded by hand, with every field set.
    private static let values: [any Codable & DirectJSON & Sendable] = [
        ChatChunk(
            sequence: 7, text: "plain",
            done: ChatOutcome(stopReason: .end, usage: nil, provider: "p", model: "m"),
            error: ProviderFailure(.malformed, "x")),
        RoomDelta(turn: "lobby.1", attempt: 2, offset: 30, text: "plain"),
        event,
        Coordinator.Post.Reply(room: "lobby", number: 9, turns: ["lobby.3", "lobby.4"], agents: ["a/b", "steward"]),
        Coordinator.History.Reply(
            room: "lobby", head: 9, events: [event, event], began: "2026-11-22T08:30:00.0Z", first: 8),
    ]

    private static let event = RoomEvent(
        number: 8, at: "2026-11-22T08:30:00.123Z", room: "lobby", type: .message, from: "agent:a/b", text: "plain",
        turn: "lobby.3", outcome: .answered)

    @Test func `the values here have every field of their types`() throws {
        for value in Self.values {
            let fields = Mirror(reflecting: value).children
            let keys = try Self.object(value).keys
            #expect(keys.count == fields.count, "a field of \(type(of: value)) is nil here; set it")
        }
    }

    @Test func `by hand and in general a value has the same bytes, whichever of its fields are set`() throws {
        for value in Self.values { try Self.compareSelections(of: value) }
    }

    /// Compares the values that have some of the fields and lack the others, as far as the type allows.
    private static func compareSelections<Value: Codable>(of value: Value) throws {
        let object = try object(value), keys = object.keys.sorted()
        var selectionsCount = 0
        for selection in 0..<(1 << keys.count) {
            let selected = object.filter { key, _ in
                keys.firstIndex(of: key).map { selection & (1 << $0) != 0 } ?? false
            }
            let bytes = try general(JSONValue.object(selected))
            guard let part = try? JSONDecoder().decode(Value.self, from: Data(bytes)) else { continue }
            selectionsCount += 1
            let expected = try general(part)
            #expect(JSON.encode(part) == expected)
            #expect(try general(JSON.decode(Value.self, from: expected)) == expected)
        }
        #expect(selectionsCount > 0)
    }

    private static func object(_ value: some Encodable) throws -> [String: JSONValue] {
        guard case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(general(value))) else {
            return [:]
        }
        return object
    }

    private static func general(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(value))
    }
}
