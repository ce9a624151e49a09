import Foundation
import Services
import Testing

/// Money, caps and prices as they are written and read.
@Suite struct SpendingTests {
    @Test(arguments: [
        (0, "$0.00"), (12_340_000_000, "$12.34"), (12_349_999_999, "$12.34"), (10_000_000, "$0.01"),
        (420_000, "$0.00042"), (5_000_000, "$0.005"), (1, "$0.000000001"), (9_999_999, "$0.0099"),
        (16_556_000, "$0.0165"), (390_000_000, "$0.39"), (1_000_000_000, "$1.00"),
    ])
    func `money is told in cents, and in two digits below`(nanodollars: Int, text: String) {
        #expect(Money(nanodollars: nanodollars).description == text)
    }

    @Test func `money is the same after JSON, and nothing overflows`() throws {
        for nanodollars in [0, 1, 999_999_999, 123_456_789_012_345, Money.most.nanodollars] {
            let money = Money(nanodollars: nanodollars)
            #expect(try JSONDecoder().decode(Money.self, from: JSONEncoder().encode(money)) == money)
        }
        #expect(Money.most + .most == .most && Money.zero - .most == .zero)
        #expect(Money(nanodollars: .min) == .zero && Money(nanodollars: .max) == .most)
        #expect(Money(dollars: -1) == nil && Money(dollars: .nan) == nil && Money(dollars: .infinity) == .most)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Money.self, from: Data("-1".utf8)) }
    }

    @Test(arguments: [
        ("200000", SpendingCap(tokens: 200_000)), ("200k", SpendingCap(tokens: 200_000)),
        ("5M", SpendingCap(tokens: 5_000_000)), ("$2.50", SpendingCap(money: Money(nanodollars: 2_500_000_000))),
        ("9223372036854775807M", SpendingCap(tokens: .most)), ("$1e9", nil), ("$", nil), ("0", nil), ("$0", nil),
        ("-5", nil), ("lots", nil), ("k", nil), ("1.5", nil), ("", nil), ("$-1", nil), ("2,000", nil),
    ])
    func `a cap is tokens or dollars`(text: String, cap: SpendingCap?) { #expect(SpendingCap(text) == cap) }

    @Test func `two caps are one, a number alone is one of tokens`() throws {
        let both = try #require(
            SpendingCap(tokens: 5_000_000).and(SpendingCap(money: Money(nanodollars: 2_000_000_000))))
        #expect(both.description == "5000000 tokens or $2.00")
        #expect(both.and(SpendingCap(tokens: 1)) == nil)
        #expect(try JSONDecoder().decode(SpendingCap.self, from: JSONEncoder().encode(both)) == both)
        #expect(try JSONDecoder().decode(SpendingCap.self, from: Data("700".utf8)) == SpendingCap(tokens: 700))
    }
}
