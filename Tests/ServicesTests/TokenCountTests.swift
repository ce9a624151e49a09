import FoundationEssentials
import Services
import Testing

struct TokenCountTests {
    private static func decode(_ json: String) -> TokenCount? {
        try? JSONDecoder().decode(TokenCount.self, from: Data(json.utf8))
    }

    @Test(
        arguments: [
            ("0", 0), ("12", 12), ("12.0", 12), ("1e3", 1_000), ("1125899906842623", 1_125_899_906_842_623),
            // Beyond the bound is the bound, however it is written.
            ("1125899906842624", 1 << 50), ("1125899906842625", 1 << 50), ("9223372036854775807", 1 << 50),
            ("9223372036854775808", 1 << 50), ("18446744073709551615", 1 << 50), ("1e30", 1 << 50),
            // What is no count is none.
            ("-1", nil), ("-9223372036854775808", nil), ("-1e30", nil), ("12.5", nil), ("0.5", nil), ("\"12\"", nil),
            ("[12]", nil), ("{}", nil), ("true", nil), ("null", nil), ("1e999", nil),
        ] as [(String, Int?)])
    func `a count is read from what is one, and has a bound`(json: String, value: Int?) {
        #expect(Self.decode(json)?.value == value)
    }

    @Test(arguments: [(Int.min, 0), (-1, 0), (0, 0), (7, 7), (1 << 50, 1 << 50), (Int.max, 1 << 50)])
    func `any number is the count nearest to it`(number: Int, value: Int) throws {
        #expect(TokenCount(number).value == value)
        #expect(try JSONEncoder().encode(TokenCount(number)) == Data("\(value)".utf8))
    }

    @Test func `sums stop at the bound`() {
        #expect(TokenCount(2) + 3 == 5)
        #expect(TokenCount.most + 1 == .most && TokenCount.most + .most == .most)
        let usage = TokenUsage(inputTokens: .most, outputTokens: .most)
        #expect(usage.total == .most && usage + usage == usage)
    }

    @Test(
        arguments: [
            (#"{"inputTokens":12,"outputTokens":3}"#, 12, 3),
            (#"{"inputTokens":9223372036854775807,"outputTokens":9223372036854775807}"#, 1 << 50, 1 << 50),
            (#"{"inputTokens":-9223372036854775808,"outputTokens":3}"#, 0, 3),
            (#"{"inputTokens":"12","outputTokens":[3]}"#, 0, 0), (#"{"outputTokens":1e30}"#, 0, 1 << 50), ("{}", 0, 0),
        ] as [(String, Int, Int)])
    func `a message or a line of a journal is read whatever its usage is`(json: String, input: Int, output: Int) throws
    {
        let usage = try JSONDecoder().decode(TokenUsage.self, from: Data(json.utf8))
        #expect(usage == TokenUsage(inputTokens: TokenCount(input), outputTokens: TokenCount(output)))
    }

    @Test(
        arguments: [
            ([12, 3, 4, 5], [12, 3, 4, 5]), ([0, 0, 0, 0], [0, 0, 0, 0]), ([0, 3, 0, 0], [0, 3, 0, 0]),
            ([100_000_000, 100_000_000, 0, 0], [100_000_000, 100_000_000, 0, 0]),
            ([Int.max, 3, 4, 5], [0, 3, 4, 5]), ([12, 100_000_001, Int.max, 5], [12, 0, 0, 5]),
            ([Int.max, Int.max, 0, 0], nil), ([0, 1 << 50, 0, 0], nil),
        ] as [([Int], [Int]?)])
    func `what no call can have cost is not booked`(told: [Int], booked: [Int]?) {
        func usage(_ counts: [Int]) -> TokenUsage {
            let counts = counts.map { TokenCount($0) }
            return TokenUsage(
                inputTokens: counts[0], outputTokens: counts[1], cacheReadTokens: counts[2],
                cacheWriteTokens: counts[3])
        }
        #expect(usage(told).ofOneCall == booked.map(usage))
        let outcome = ChatOutcome(stopReason: .end, usage: usage(told), provider: "p", model: "m")
        #expect(outcome.usage == booked.map(usage))
    }

    @Test func `usage is written as before`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(TokenUsage(inputTokens: 12, outputTokens: 3))
        #expect(String(decoding: data, as: UTF8.self) == #"{"inputTokens":12,"outputTokens":3}"#)
    }

    @Test(arguments: [
        ("lobby.1", true), ("lobby.9007199254740992", true), ("lobby.9007199254740993", false),
        ("lobby.9223372036854775807", false), ("lobby.9223372036854775808", false), ("lobby.0", false),
        ("lobby.-1", false),
    ])
    func `a turn's number leaves room for the next one`(text: String, isRead: Bool) {
        #expect((TurnID(rawValue: text) != nil) == isRead)
    }
}
