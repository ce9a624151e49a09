import Time

/// The hello of the process to the coordinator. Only the newest one is repeated: it alone tells how things are.
struct Greeting: Hashable {
    /// How many hellos were said.
    private var count = 0
    /// When the hello is said again; nil while the newest one has not failed.
    private(set) var repeatsAt: Instant?

    /// No hello was said.
    init() {}

    /// Counts a hello, which takes the place of those before.
    ///
    /// - Returns: Its number.
    mutating func next() -> Int {
        count += 1
        repeatsAt = nil
        return count
    }

    /// A hello has failed.
    ///
    /// - Returns: Whether it is said again; an older one than the newest is not.
    mutating func fail(number: Int, at now: Instant) -> Bool {
        guard number == count else { return false }
        repeatsAt = now + AgentLimits.helloPause
        return true
    }
}
