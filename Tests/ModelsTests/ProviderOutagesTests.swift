import Models
import Services
import Testing
import Time

/// When a provider counts as out, for agents that have a second choice.
@Suite struct ProviderOutagesTests {
    private static let start = Instant(nanoseconds: 7_000_000_000)
    private static let down = ProviderFailure(.serverError, "it is down")

    private static func reason(_ outages: ProviderOutages, after span: Duration) -> String? {
        outages.reasons(at: start + span)["p"]
    }

    @Test func `a provider that has failed is asked again after a minute, and not before`() {
        var outages = ProviderOutages()
        outages.note(Self.down, hasSpoken: false, from: "p", at: Self.start)
        #expect(Self.reason(outages, after: .zero) == "it is down")
        #expect(Self.reason(outages, after: .seconds(60) - .nanoseconds(1)) == "it is down")
        #expect(Self.reason(outages, after: .seconds(60)) == nil)
        #expect(outages.reasons(at: Self.start)["q"] == nil)
        // One more failure is one more minute.
        outages.note(Self.down, hasSpoken: false, from: "p", at: Self.start + .seconds(59))
        #expect(Self.reason(outages, after: .seconds(118)) == "it is down")
        #expect(Self.reason(outages, after: .seconds(119)) == nil)
    }

    @Test(arguments: [(0, 60), (59, 60), (61, 61), (300, 300), (3_600, 3_600), (86_400, 3_600), (-5, 60)])
    func `who wants to be left alone for longer is, for an hour at most`(told: Int, seconds: Int) {
        var outages = ProviderOutages()
        let limited = ProviderFailure(.rateLimited, "too many", retryAfterSeconds: told)
        outages.note(limited, hasSpoken: false, from: "p", at: Self.start)
        #expect(Self.reason(outages, after: .seconds(seconds) - .nanoseconds(1)) == "too many")
        #expect(Self.reason(outages, after: .seconds(seconds)) == nil)
    }

    @Test func `an answer to anybody ends it, and so does another key`() {
        var outages = ProviderOutages()
        outages.note(Self.down, hasSpoken: false, from: "p", at: Self.start)
        outages.note(nil, hasSpoken: true, from: "q", at: Self.start)
        #expect(Self.reason(outages, after: .zero) != nil)
        outages.note(nil, hasSpoken: true, from: "p", at: Self.start)
        #expect(Self.reason(outages, after: .zero) == nil)
        outages.note(Self.down, hasSpoken: false, from: "p", at: Self.start)
        outages.end(of: "p")
        #expect(Self.reason(outages, after: .zero) == nil)
    }

    @Test(
        arguments: [
            (.unreachable, true), (.unauthorized, true), (.rateLimited, true), (.serverError, true),
            (.idleTimeout, true), (.malformed, true), (.interrupted, true), (.notConfigured, false),
            (.contextOverflow, false), (.rejected, false), (.cancelled, false), (.spent, false),
        ] as [(ProviderFailure.Code, Bool)])
    func `what is wrong with one call alone is no outage`(code: ProviderFailure.Code, isOutage: Bool) {
        for hasSpoken in [false, true] {
            var outages = ProviderOutages()
            outages.note(ProviderFailure(code, "x"), hasSpoken: hasSpoken, from: "p", at: Self.start)
            #expect((Self.reason(outages, after: .zero) != nil) == (isOutage && !hasSpoken))
        }
    }
}
