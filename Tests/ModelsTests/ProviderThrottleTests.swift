import Models
import Testing
import Time

/// When calls begin at a provider that says that there were too many.
@Suite struct ProviderThrottleTests {
    private let start = Instant.zero

    /// How many of some calls begin.
    private static func begun(of count: Int, _ throttle: inout ProviderThrottle, at now: Instant) -> Int {
        (0..<count).count { _ in throttle.begins(at: now) }
    }

    @Test func `one pause holds for all, and the longest one`() {
        var throttle = ProviderThrottle()
        let first = Self.begun(of: 10, &throttle, at: start)
        throttle.refused(for: .seconds(2), at: start)
        throttle.refused(for: .seconds(1), at: start)
        for _ in 0..<10 { throttle.gone() }
        let end = start + .seconds(2)
        #expect(first == 10 && throttle.pausedUntil == end)
        let before = throttle.begins(at: end + .nanoseconds(-1)), after = throttle.begins(at: end)
        #expect(!before && after)
    }

    @Test func `after a pause calls begin one, two and four at a time, and then freely`() {
        var throttle = ProviderThrottle()
        _ = throttle.begins(at: start)
        throttle.refused(for: .seconds(1), at: start)
        throttle.gone()
        throttle.answered()
        let now = start + .seconds(1)
        for window in [1, 2, 4, 8, 16] {
            let begun = Self.begun(of: 100, &throttle, at: now)
            #expect(begun == window)
            for _ in 1..<window { throttle.gone() }
            throttle.answered()
        }
        let begun = Self.begun(of: 100, &throttle, at: now)
        #expect(begun == 100)
    }

    @Test func `ten callers of a provider that answers two a second are all answered, in their order`() {
        var throttle = ProviderThrottle(), waiting = Array(0..<10), answered: [Int] = []
        for second in 0..<20 {
            var room = 2
            for tenth in 0..<10 {
                let now = start + .seconds(second) + .milliseconds(100 * tenth)
                let asked = waiting.prefix { _ in throttle.begins(at: now) }
                for caller in asked {
                    if room > 0 {
                        room -= 1
                        throttle.answered()
                        answered.append(caller)
                        waiting.removeAll { $0 == caller }
                    } else {
                        throttle.refused(for: .seconds(1), at: now)
                        throttle.gone()
                    }
                }
            }
        }
        #expect(answered == Array(0..<10))
    }
}
