import Services

extension PriceTable {
    /// The longest file with prices, in bytes: some thousands of models.
    public static let bytesMax = 1 << 20

    /// Reads the vendors' prices from `models/prices.txt`, whose head says what a line is.
    ///
    /// - Parameter wanted: The vendors whose prices are read.
    /// - Returns: What is wrong, each with its line: such a line is passed over.
    public mutating func read(_ text: String, of wanted: Set<String>) -> [String] {
        var vendor: Substring?, problems: [String] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            if name == "vendor" {
                vendor = words.count == 2 ? words[1] : nil
                if vendor == nil { problems.append("\(index + 1): the name of one vendor is wanted") }
            } else if let vendor, !wanted.contains(String(vendor)) {
                continue
            } else if let vendor, let price = ModelPrice(words.dropFirst()) {
                vendors[String(vendor), default: [:]][String(name)] = price
            } else {
                problems.append("\(index + 1): `MODEL in DOLLARS out DOLLARS …` is wanted, below the line of a vendor")
            }
        }
        return problems
    }
}

extension ModelPrice {
    /// Reads pairs of a word and a number; nil for anything else.
    fileprivate init?(_ words: ArraySlice<Substring>) {
        var pairs = words, price = Amounts(), long: Amounts?, above: TokenCount?
        var outputMax: TokenCount?, window: TokenCount?
        while let word = pairs.popFirst() {
            guard let number = pairs.popFirst().flatMap({ Double($0) }), number >= 0, number < 1e12 else { return nil }
            switch word {
            case "above":
                above = TokenCount(Int(number))
                long = Amounts()
            case "window": window = TokenCount(Int(number))
            case "max_out": outputMax = TokenCount(Int(number))
            case _ where long != nil: if long?.set(word, number) != true { return nil }
            default: if !price.set(word, number) { return nil }
            }
        }
        guard let input = price.input, let output = price.output else { return nil }
        self.init(
            input: input, output: output, cacheRead: price.cacheRead, cacheWrite: price.cacheWrite,
            outputMax: outputMax, window: window)
        guard let long, let above else { return }
        guard let input = long.input, let output = long.output else { return nil }
        self.long = LongPrompt(
            above: above, input: input, output: output, cacheRead: long.cacheRead, cacheWrite: long.cacheWrite)
    }

    /// The amounts of a line, or of its part behind `above`.
    private struct Amounts {
        var input: Money?, output: Money?, cacheRead: Money?, cacheWrite: Money?

        /// - Returns: Whether there is such an amount.
        mutating func set(_ word: Substring, _ dollars: Double) -> Bool {
            let money = Money(dollars: dollars)
            switch word {
            case "in": input = money
            case "out": output = money
            case "cache_read": cacheRead = money
            case "cache_write": cacheWrite = money
            default: return false
            }
            return true
        }
    }
}
