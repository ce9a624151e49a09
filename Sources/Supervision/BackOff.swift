/// The delays between the restarts of one child: each about twice the one before, with jitter, within bounds.
package struct BackOff: Hashable, Sendable {
    /// The shortest delay.
    package var from: Duration
    /// The longest delay; also how long a child must stay up to be trusted again.
    package var to: Duration

    /// Delays between `from` and `to`, which is not shorter than `from`.
    package init(from: Duration = .milliseconds(200), to: Duration = .seconds(30)) {
        self.from = from
        self.to = to
    }

    /// The delay before a try.
    ///
    /// The first delay is between `from` and twice `from`, the next between twice and four times `from`, and so on up
    /// to `to`. So many children that failed together do not restart together.
    ///
    /// - Parameter attempt: 0 is the first restart, which is immediate.
    func delay(attempt: Int, using generator: inout SplitMix64) -> Duration {
        guard attempt > 0 else { return .zero }
        var longest = from
        for _ in 0..<attempt where longest < to { longest += longest }
        longest = min(longest, to)
        let shortest = max(min(from, longest), longest / 2)
        let steps: UInt64 = 1 << 16
        return shortest + (longest - shortest) * Int(generator.next() % steps) / Int(steps)
    }
}

/// Sebastiano Vigna's SplitMix64: small, sufficient for jitter, and with the same sequence for one seed everywhere.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose sequence depends only on the seed.
    init(seed: UInt64) { state = seed }

    /// The next number of the sequence, 0 to 2^64-1.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
