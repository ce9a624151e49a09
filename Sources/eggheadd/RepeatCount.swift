/// Counts repetitions of an event, and says which of them to log: the 1st, 2nd, 4th, 8th and so on. So a flood does not
/// fill the log.
struct RepeatCount {
    private var count = 0

    /// Adds one.
    ///
    /// - Returns: The count, if this repetition is to be logged.
    mutating func add() -> Int? {
        count += 1
        return count & (count - 1) == 0 ? count : nil
    }
}
