import FoundationEssentials
import SeededRandom
import Services
import Testing

@testable import MCP

/// The reader of JSON from outside.
@Suite struct `JSON from outside` {
    private static func value(_ text: String) throws -> JSONValue {
        try JSONTextReader.value(of: Array(text.utf8))
    }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)), ("1.5", .number(1.5)),
        ("1e3", .number(1_000)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e30", .number(1e30)), ("1E-400", .number(0)),
        (" [ 1 , {\"a\" : null} ]\r\t", .array([.integer(1), .object(["a": .null])])), ("[]", .array([])),
        (#""\u00e4\ud83d\ude00\/\b""#, .string("ä😀/\u{8}")), (#""\ud83d""#, .string("\u{fffd}")),
        (#""\ud83dx\ud83d\ud83d\ude00""#, .string("\u{fffd}x\u{fffd}😀")),
        (#""\ude00\u0000""#, .string("\u{fffd}\u{0}")),
        (#"{"a":1,"a":2}"#, .object(["a": .integer(2)])), ("true", .bool(true)), (#""ä""#, .string("ä")),
    ])
    func `a value is read`(text: String, value: JSONValue) throws {
        #expect(try Self.value(text) == value)
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "[1", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "tru", "truex",
        "nul",
        "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "Infinity", "1 2", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"a\nb\"", "'a'", "[1]]", "\"\\ud83d\\u\"", "\u{feff}1",
    ])
    func `what is no JSON is none`(text: String) {
        #expect(throws: JSONTextProblem.notJSON) { try Self.value(text) }
    }

    @Test func `what is too much has a name`() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONTextProblem.tooDeep) { try Self.value(deep) }
        #expect(throws: JSONTextProblem.tooDeep) { try Self.value(String(repeating: #"{"a":"#, count: 100_000)) }
        let many = "[" + String(repeating: "1,", count: 300_000) + "1]"
        #expect(throws: JSONTextProblem.tooManyValues) { try Self.value(many) }
        #expect(throws: JSONTextProblem.numberTooLarge) { try Self.value("1e400") }
        #expect(throws: JSONTextProblem.numberTooLarge) { try Self.value(String(repeating: "9", count: 1_000_000)) }
        for bytes: [UInt8] in [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80]] {
            #expect(throws: JSONTextProblem.notUTF8) { try JSONTextReader.value(of: [0x22] + bytes + [0x22]) }
            #expect(throws: JSONTextProblem.notUTF8) {
                try JSONTextReader.value(of: [0x22, 0x5c, 0x6e] + bytes + [0x22])
            }
        }
        #expect((try? Self.value(String(repeating: "[", count: 128) + String(repeating: "]", count: 128))) != nil)
    }

    /// The general coder is the other opinion.
    @Test func `random values come back as they were written`() throws {
        var random = SplitMix64(state: 19)
        for _ in 0..<2_000 {
            let value = Self.random(&random, depth: 0)
            let data = try JSONEncoder().encode(value)
            #expect(try JSONTextReader.value(of: Array(data)) == value)
        }
    }

    /// Texts that are nearly JSON: both readers take the same ones and find the same in them.
    @Test func `a changed text is taken or refused as the general decoder does`() throws {
        var random = SplitMix64(state: 20)
        for _ in 0..<4_000 {
            var bytes = Array(try JSONEncoder().encode(Self.random(&random, depth: 0)))
            let letters = Array(#"{}[]",:0123456789.eE+-\/ubtrueflsn "#.utf8)
            bytes[random.below(bytes.count)] = letters[random.below(letters.count)]
            guard let ours = try? JSONTextReader.value(of: bytes) else { continue }
            let theirs = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            // It takes 1.0 for a whole number and refuses half of a surrogate pair.
            guard let theirs else {
                #expect(
                    String(decoding: bytes, as: UTF8.self).contains("\\u"), "\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(Self.plain(ours) == Self.plain(theirs), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number): Int(exactly: number).map(JSONValue.integer) ?? value
        case .array(let items): .array(items.map(plain))
        case .object(let members): .object(members.mapValues(plain))
        case .null, .bool, .integer, .string: value
        }
    }

    private static func random(_ random: inout SplitMix64, depth: Int) -> JSONValue {
        switch random.below(depth > 4 ? 5 : 7) {
        case 0: return .null
        case 1: return .bool(random.chance(1, in: 2))
        case 2: return .integer(Int(truncatingIfNeeded: random.next() >> UInt64(random.below(64))))
        case 3: return .number(Double(random.below(1_000)) / 8 + 0.0625)
        case 4: return .string(text(&random))
        case 5: return .array((0..<random.below(5)).map { _ in self.random(&random, depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<random.below(5) { members[text(&random)] = self.random(&random, depth: depth + 1) }
            return .object(members)
        }
    }

    private static func text(_ random: inout SplitMix64) -> String {
        let letters: [Character] = ["a", "\"", "\\", "\n", "ä", "😀", "/", "\u{0}", " ", "\u{2028}"]
        return String((0..<random.below(8)).map { _ in letters[random.below(letters.count)] })
    }
}
