/// When a call that failed before its first word is tried again.
///
/// The wait doubles with each attempt and is shortened by up to half, so that callers refused together do not return
/// together. The provider's Retry-After is honoured as it is, up to a limit: a caller that is told to come back in an
/// hour should hear that, not wait.
public struct RetryPolicy: Hashable, Sendable {
    /// How many attempts a call has, the first included.
    public var attemptsMax = 4
    /// The wait after the first attempt, before jitter.
    public var waitFirst: Duration = .milliseconds(500)
    /// The longest wait between attempts, before jitter.
    public var waitMax: Duration = .seconds(8)
    /// The longest Retry-After that is waited for.
    public var retryAfterMax: Duration = .seconds(30)
    /// How long a call waits, in sum, for a provider that has had too many.
    public var pausedMax: Duration = .seconds(60)
    /// The same when the provider does not say for how long: it may mean this call alone, and the others wait too.
    public var untoldPausedMax: Duration = .seconds(10)
    /// How long a model server that eggheadd runs may be away while it starts; the sum of the waits.
    public var startupMax: Duration = .seconds(60)
    /// The longest wait between looks at a server that is starting.
    public var startupWaitMax: Duration = .seconds(1)

    /// The policy of every provider.
    public init() {}

    /// The wait before the next attempt at a provider elsewhere.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that has failed, from 1.
    ///   - retryAfter: What the provider said.
    ///   - seed: Any number of the call's own; the same seed gives the same jitter.
    /// - Returns: The wait; nil when the call has failed for good.
    public func wait(afterAttempt attempt: Int, retryAfter: Duration?, seed: UInt64) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        if let retryAfter { return retryAfter <= retryAfterMax ? max(.zero, retryAfter) : nil }
        return jittered(doubled(waitFirst, attempt - 1, max: waitMax), seed: seed &+ UInt64(attempt))
    }

    /// How long a provider that has had too many calls is left alone by all of them.
    ///
    /// - Parameters:
    ///   - pauses: How many of its pauses the call has met before.
    ///   - retryAfter: What the provider said, if anything.
    ///   - paused: The sum of them.
    /// - Returns: The pause; nil when it is longer than anybody waits.
    public func pause(after pauses: Int, paused: Duration, retryAfter: Duration?, seed: UInt64) -> Duration? {
        // None at all would be the next refusal.
        if let retryAfter, retryAfter > .zero {
            return retryAfter <= retryAfterMax && paused < pausedMax ? max(retryAfter, waitFirst) : nil
        }
        guard paused < untoldPausedMax else { return nil }
        return jittered(doubled(waitFirst, pauses, max: waitMax), seed: seed &+ UInt64(pauses))
    }

    /// The wait before the next look at a model server that is starting.
    ///
    /// - Parameters:
    ///   - waited: The sum of the waits so far.
    /// - Returns: The wait; nil when the server has been away for too long.
    public func startupWait(afterAttempt attempt: Int, waited: Duration, seed: UInt64) -> Duration? {
        guard waited < startupMax else { return nil }
        return jittered(doubled(waitFirst, attempt - 1, max: startupWaitMax), seed: seed &+ UInt64(attempt))
    }

    private func doubled(_ wait: Duration, _ times: Int, max: Duration) -> Duration {
        min(max, wait * (1 << min(times, 16)))
    }

    /// Between half of the wait and all of it.
    private func jittered(_ wait: Duration, seed: UInt64) -> Duration {
        wait / 2 + wait / 2 * Double(Self.mixed(seed) >> 11) / Double(1 << 53)
    }

    /// SplitMix64's output function: neighbouring seeds give unrelated numbers.
    private static func mixed(_ seed: UInt64) -> UInt64 {
        var value = seed &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
