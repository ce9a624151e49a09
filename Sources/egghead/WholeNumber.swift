import ArgumentParser

/// Reads the values of options that are whole numbers. Such an option takes what follows it, whatever it is, so that
/// `--limit -5` is refused for the number and not for a missing value.
enum WholeNumber {
    /// A reader of numbers within a range.
    static func reader(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { text in
            guard let number = Int(text), range.contains(number) else {
                throw ValidationError("a whole number from \(range.lowerBound) to \(range.upperBound) is wanted")
            }
            return number
        }
    }

    /// How many seconds a command may wait: up to a week.
    static let seconds = 1...604_800
}
