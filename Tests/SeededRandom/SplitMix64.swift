/// A sequence of random numbers that can be had again: a test that fails names its seed.
///
/// See: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// All that the next number depends on; at the beginning the seed.
    public var state: UInt64

    /// The sequence of a seed.
    public init(state: UInt64) { self.state = state }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below a bound.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Whether something happens that happens `part` times in `whole`.
    public mutating func chance(_ part: Int, in whole: Int) -> Bool { below(whole) < part }
}
