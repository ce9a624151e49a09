extension String {
    /// How many letters must be put in, left out, changed or swapped with their neighbour to get from one word to the
    /// other.
    ///
    /// See: optimal string alignment distance
    public func slips(to other: String) -> Int {
        let first = Array(self), second = Array(other)
        var beforeLast: [Int] = [], last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let change = last[column] + (first[row] == second[column] ? 0 : 1)
                var best = Swift.min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    best = Swift.min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[second.count]
    }
}
