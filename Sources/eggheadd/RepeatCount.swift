/// Counts what somebody does again and again, and says when that is worth a line in the log: the 1st, 2nd, 4th, 8th …
/// time. So a flood does not fill the log.
struct RepeatCount {
    private var count = 0

    /// Counts one more.
    ///
    /// - Returns: How often it was by now, when that is worth a line.
    mutating func add() -> Int? {
        count += 1
        return count & (count - 1) == 0 ? count : nil
    }
}
