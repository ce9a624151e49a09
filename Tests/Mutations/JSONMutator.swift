import FoundationEssentials
import SeededRandom
import Services

/// Makes of a message another one, with numbers and shapes that its sender should never write: what a decoder takes of
/// them reaches the core behind it. The same seed makes the same messages.
public struct JSONMutator {
    /// The source of all choices.
    public var random: SplitMix64

    /// A mutator of a seed.
    public init(seed: UInt64) { random = SplitMix64(state: seed) }

    /// What may stand in a value's place.
    private static let extremes: [JSONValue] = [
        .integer(.min), .integer(.min + 1), .integer(-1), .integer(0), .integer(1), .integer(2), .integer(97),
        .integer(1 << 31), .integer(1 << 53), .integer(.max - 1), .integer(.max), .number(1e30), .number(-1e30),
        .number(12.5), .number(-0.5), .number(1e-300), .string("12"), .string(""), .string("9223372036854775807"),
        .null, .bool(true), .array([]), .array([.integer(.max)]), .object([:]),
    ]

    /// A value that came about by changing the JSON text of another one; nil when its decoder refuses it.
    public mutating func mutated<Value: Codable>(_ value: Value) -> Value? {
        guard let data = try? JSONEncoder().encode(value),
            let json = try? JSONDecoder().decode(JSONValue.self, from: data),
            let changed = try? JSONEncoder().encode(mutated(json))
        else { return nil }
        return try? JSONDecoder().decode(Value.self, from: changed)
    }

    /// The value, or as often another one that its decoder takes.
    public mutating func perhapsMutated<Value: Codable>(_ value: Value) -> Value {
        random.chance(1, in: 2) ? value : mutated(value) ?? value
    }

    /// A JSON value in which one or a few places hold something else, or nothing.
    public mutating func mutated(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members) where !members.isEmpty && !random.chance(1, in: 30):
            var members = members
            let keys = members.keys.sorted(), key = keys[random.below(keys.count)]
            // A number is looked for first: what a text must be, its decoder knows.
            let numbers = keys.filter { members[$0]?.isNumber == true }
            let place = numbers.isEmpty || random.chance(1, in: 4) ? key : numbers[random.below(numbers.count)]
            members[place] = random.chance(1, in: 20) ? nil : members[place].map { mutated($0) }
            return random.chance(1, in: 3) ? mutated(.object(members)) : .object(members)
        case .array(var items) where !items.isEmpty && !random.chance(1, in: 30):
            let place = random.below(items.count)
            items[place] = mutated(items[place])
            return .array(items)
        case .string(let text) where text.contains("."):
            // A turn's id, or another text with a number in it.
            return .string(
                text.prefix { $0 != "." } + "."
                    + ["1", "0", "-1", "9007199254740992", "9223372036854775807"][random.below(5)])
        case .null, .bool, .integer, .number, .string, .array, .object:
            return Self.extremes[random.below(Self.extremes.count)]
        }
    }
}

extension JSONValue {
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .number: true
        case .null, .bool, .string, .array, .object: false
        }
    }
}
