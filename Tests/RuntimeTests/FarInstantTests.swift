import Testing
import Time

@testable import Runtime

/// Spans come from configurations, records and peers: what lies beyond the clock is its end.
@Suite struct FarInstantTests {
    @Test(
        arguments: [
            (Duration.seconds(Int64.max), Int64.max), (.seconds(Int64.min), .min), (.milliseconds(Int64.max), .max),
            (.milliseconds(Int64.min), .min), (.nanoseconds(Int64.max), 9_223_372_036_854_775_807),
            (.seconds(9_223_372_035), 9_223_372_035_000_000_000), (.seconds(9_223_372_037), .max),
            (.seconds(-9_223_372_037), .min), (.milliseconds(-1), -1_000_000), (.zero, 0),
        ] as [(Duration, Int64)])
    func `a span in nanoseconds is the nearest that there is`(span: Duration, nanoseconds: Int64) {
        #expect(span.wholeNanoseconds == nanoseconds)
        #expect(abs(Double(span.wholeMillisecondsUp) - Double(nanoseconds) / 1e6) <= 1_024)
        #expect(Instant.zero + span == Instant(nanoseconds: nanoseconds))
    }

    @Test(arguments: [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (-1, 0), (-1_000_001, -1)])
    func `milliseconds are rounded up`(nanoseconds: Int64, milliseconds: Int64) {
        #expect(Duration.nanoseconds(nanoseconds).wholeMillisecondsUp == milliseconds)
    }

    @Test func `instants at the ends of the clock are as far apart as the clock is long`() {
        let first = Instant(nanoseconds: .min), last = Instant(nanoseconds: .max)
        #expect(last + .seconds(1) == last && first + .seconds(-1) == first)
        #expect(last - first == .nanoseconds(Int64.max) && first - last == .nanoseconds(Int64.min))
        #expect(Instant.zero + .nanoseconds(7) - .zero == .nanoseconds(7))
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.min)])
    func `a loop waits for a call in any time`(span: Duration) throws {
        let loop = try EventLoop()
        var isCalled = false
        loop.schedule(after: span) { isCalled = true }
        loop.schedule(after: .zero) { loop.stop(.success) }
        #expect(try loop.run() == .success)
        #expect(isCalled == (span < .zero))
    }
}
