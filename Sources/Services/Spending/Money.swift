/// An amount of money in US dollars, counted in billionths, 0 to a million dollars: the type of every price, cost and
/// cap.
///
/// Whatever is done with an amount from outside, nothing overflows: sums and products stop at the bound.
public struct Money: Sendable, Hashable, Comparable {
    /// Billionths of a dollar.
    public let nanodollars: Int

    /// A million dollars: far more than a node may spend, and so few billionths that a JSON number holds each.
    public static let most = Money(nanodollars: 1_000_000_000_000_000)
    /// Nothing.
    public static let zero = Money(nanodollars: 0)

    /// The amount nearest to a number of billionths: nothing for a negative one, `most` for one that exceeds it.
    public init(nanodollars: Int) { self.nanodollars = max(0, min(nanodollars, 1_000_000_000_000_000)) }

    /// The amount nearest to a number of dollars; nil for what is no amount: a negative number, or none.
    public init?(dollars: Double) {
        guard dollars >= 0 else { return nil }
        self = dollars < 1e6 ? Money(nanodollars: Int((dollars * 1e9).rounded())) : .most
    }

    /// The dollars.
    public var dollars: Double { Double(nanodollars) / 1e9 }

    /// The sum, at most `most`.
    public static func + (first: Money, second: Money) -> Money {
        Money(nanodollars: first.nanodollars + second.nanodollars)
    }

    /// What is left of the first amount; nothing when the second one is larger.
    public static func - (first: Money, second: Money) -> Money {
        Money(nanodollars: first.nanodollars - second.nanodollars)
    }

    /// The smaller amount comes first.
    public static func < (first: Money, second: Money) -> Bool { first.nanodollars < second.nanodollars }
}

extension Money: CustomStringConvertible {
    /// `$12.30`, `$0.0165` of what is less than a dollar, and `$0.00042` of what is less than a cent.
    public var description: String {
        let (dollars, rest) = nanodollars.quotientAndRemainder(dividingBy: 1_000_000_000)
        var digits = String(String(1_000_000_000 + rest).dropFirst())
        // Of less than a cent two digits that are not zero are enough.
        let zeros = digits.prefix { $0 == "0" }.count
        digits = String(digits.prefix(dollars > 0 || rest == 0 ? 2 : max(4, zeros + 2)))
        while digits.count > 2, digits.last == "0" { digits.removeLast() }
        return "$\(dollars).\(digits)"
    }
}

/// The JSON text is the number of dollars.
extension Money: Codable {
    /// Reads a number of dollars.
    ///
    /// - Throws: `DecodingError` for what is no amount: a negative number, or anything but a number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let amount = Money(dollars: try container.decode(Double.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "an amount is 0 or more")
        }
        self = amount
    }

    /// Writes the number of dollars.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(dollars)
    }
}
