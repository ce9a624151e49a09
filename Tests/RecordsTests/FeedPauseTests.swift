import Testing

@testable import egghead_records

/// How long the store leaves an index alone that refuses what it is sent.
@Suite struct FeedPauseTests {
    @Test func `the pause doubles up to its longest, and is short again when the index holds everything`() {
        var pause = FeedPause()
        #expect(pause.isUnused)
        #expect((0..<3).map { _ in pause.next() } == [50, 100, 200].map { .milliseconds($0) })
        for _ in 0..<100 { _ = pause.next() }
        #expect(pause.next() == .seconds(10) && !pause.isUnused)
        // A disk that is almost full takes some records each time.
        pause.succeeded(remaining: 1)
        #expect(pause.next() == .seconds(10) && !pause.isUnused)
        pause.succeeded(remaining: 0)
        #expect(pause.isUnused && pause.next() == .milliseconds(50))
    }
}
