import Models
import Testing
import Time

struct StreamIdleTimeoutTests {
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func `a byte begins the timeout anew`() {
        var timeout = StreamIdleTimeout(.seconds(10), from: at(1))
        #expect(timeout.endsAt == at(11))
        timeout.hear(at: at(5), bringEvent: true)
        #expect(timeout.endsAt == at(15))
        timeout.hear(at: at(7), bringEvent: false)
        #expect(timeout.endsAt == at(17))
    }

    @Test func `bytes without an event keep a stream open for four timeouts`() {
        var timeout = StreamIdleTimeout(.seconds(10), from: at(0))
        timeout.hear(at: at(3), bringEvent: true)
        for second in Int64(4)...33 { timeout.hear(at: at(second), bringEvent: false) }
        #expect(timeout.endsAt == at(43))
        timeout.hear(at: at(42), bringEvent: false)
        #expect(timeout.endsAt == at(43))
        timeout.hear(at: at(42), bringEvent: true)
        #expect(timeout.endsAt == at(52))
    }

    @Test func `when the model has stopped, little is waited for what it has cost`() {
        var timeout = StreamIdleTimeout(.seconds(60), from: at(0))
        timeout.hear(at: at(1), bringEvent: true, hasStopped: true)
        for second in Int64(2)...5 { timeout.hear(at: at(second), bringEvent: false, hasStopped: true) }
        #expect(timeout.endsAt == at(6))
        timeout.hear(at: at(5), bringEvent: true, hasStopped: true)
        #expect(timeout.endsAt == at(10))
        // It has gone on all the same.
        timeout.hear(at: at(9), bringEvent: true, hasStopped: false)
        #expect(timeout.endsAt == at(69))
    }

    @Test func `whatever comes, an answer has an hour`() {
        var timeout = StreamIdleTimeout(.seconds(600), from: at(0))
        for second in stride(from: Int64(0), to: 3_600, by: 60) { timeout.hear(at: at(second), bringEvent: true) }
        #expect(timeout.endsAt == at(3_600))
        #expect(!timeout.isOverdue(at: at(3_599)) && timeout.isOverdue(at: at(3_600)))
    }
}
