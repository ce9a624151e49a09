import Models
import Services
import Testing

/// When a call is made again, at the exact bounds.
@Suite struct RetryTests {
    private static let policy = RetryPolicy()

    @Test(
        arguments: [
            (1, nil, 500), (2, nil, 1_000), (3, nil, 2_000), (4, nil, nil), (5, nil, nil),
        ] as [(Int, Duration?, Int?)])
    func `the wait doubles until the last attempt`(attempt: Int, retryAfter: Duration?, milliseconds: Int?) {
        for seed in 0..<50 as Range<UInt64> {
            let wait = Self.policy.wait(afterAttempt: attempt, retryAfter: retryAfter, seed: seed)
            guard let milliseconds else {
                #expect(wait == nil)
                continue
            }
            let longest = Duration.milliseconds(milliseconds)
            #expect(wait.map { $0 >= longest / 2 && $0 <= longest } == true)
        }
    }

    @Test func `callers that are refused together do not return together`() {
        let waits = (0..<50 as Range<UInt64>).map {
            Self.policy.wait(afterAttempt: 1, retryAfter: nil, seed: $0) ?? .zero
        }
        #expect(Set(waits).count == 50)
        #expect((waits.max() ?? .zero) > .milliseconds(450) && (waits.min() ?? .zero) < .milliseconds(300))
    }

    @Test(
        arguments: [
            (1, .zero, .zero), (3, .seconds(30), .seconds(30)), (1, .seconds(30) + .nanoseconds(1), nil),
            (4, .seconds(1), nil),
        ] as [(Int, Duration, Duration?)])
    func `Retry-After is waited for up to its limit, and not after the last attempt`(
        attempt: Int, retryAfter: Duration, wait: Duration?
    ) {
        #expect(Self.policy.wait(afterAttempt: attempt, retryAfter: retryAfter, seed: 1) == wait)
    }

    @Test func `no wait is longer than its limit, however many attempts there were`() {
        var policy = Self.policy
        policy.attemptsMax = .max
        for attempt in [5, 6, 20, 100, 1_000_000] {
            let wait = policy.wait(afterAttempt: attempt, retryAfter: nil, seed: 1)
            #expect(wait.map { $0 > policy.waitMax / 2 && $0 <= policy.waitMax } == true)
        }
    }

    @Test(
        arguments: [
            (1, .zero, 500), (2, .seconds(1), 1_000), (100, .seconds(60) - .nanoseconds(1), 1_000),
            (1, .seconds(60), nil),
        ] as [(Int, Duration, Int?)])
    func `a server that starts is looked at for a minute`(attempt: Int, waited: Duration, milliseconds: Int?) {
        let wait = Self.policy.startupWait(afterAttempt: attempt, waited: waited, seed: 1)
        let longest = milliseconds.map { Duration.milliseconds($0) }
        #expect((wait == nil) == (longest == nil))
        if let wait, let longest { #expect(wait > longest / 2 && wait <= longest) }
    }

    /// What has come before an error in the stream.
    private static let before: [String: String] = [
        "nothing": ": comment", "words": #"data: {"choices":[{"delta":{"content":"Hel"}}]}"#,
        "a call": #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"1"}]}}]}"#,
        "usage": #"data: {"choices":[],"usage":{"prompt_tokens":9}}"#,
    ]

    @Test(
        arguments: [
            ("nothing", #"{"message":"x"}"#, true), ("words", #"{"message":"x"}"#, false),
            ("a call", #"{"message":"x"}"#, false), ("usage", #"{"message":"x"}"#, true),
            ("nothing", #"{"message":"x","code":400}"#, false), ("nothing", #"{"message":"x","code":429}"#, true),
        ])
    func `a call is made again only while nothing of its answer has come`(
        before: String, error: String, isAgain: Bool
    ) throws {
        let lines = try #require(Self.before[before]) + "\n\n"
        var call = ProviderCall(to: Sample.profile(), seed: 1)
        _ = call.resume()
        _ = call.handle(.response(status: 200, retryAfter: nil))
        _ = call.handle(.bytes(Array(lines.utf8)))
        let actions = call.handle(.bytes(Array("data: {\"error\":\(error)}\n\n".utf8)))
        #expect(actions.count == 1)
        let again = actions.filter { action in
            switch action {
            case .wait, .pause: true
            case _: false
            }
        }
        #expect(again.isEmpty != isAgain)
    }

    @Test(arguments: [(503, true, true), (503, false, false), (500, true, false), (529, true, false)])
    func `only a server of our own that says 503 is taken for one that starts`(
        status: Int, isSupervised: Bool, isStarting: Bool
    ) {
        var call = ProviderCall(to: Sample.profile(isSupervised: isSupervised), seed: 1)
        var attempts = 0
        while call.resume() == [.send] {
            attempts += 1
            _ = call.handle(.response(status: status, retryAfter: nil))
            _ = call.handle(.completed)
        }
        #expect(isStarting ? attempts > 60 : attempts == 4)
    }

    @Test(arguments: [Duration.seconds(1), nil])
    func `who has another provider does not wait for one that has too many calls`(retryAfter: Duration?) {
        var call = ProviderCall(to: Sample.profile(), waitsForLimits: false, seed: 1)
        _ = call.resume()
        _ = call.handle(.response(status: 429, retryAfter: retryAfter))
        guard case .fail(let failure)? = call.handle(.completed).last else {
            Issue.record("it waits")
            return
        }
        let seconds = retryAfter.map { Int($0.components.seconds) }
        #expect(failure.code == .rateLimited && failure.retryAfterSeconds == seconds)
    }

    @Test func `a provider that says how long it wants to be left alone uses up no attempt`() {
        var call = ProviderCall(to: Sample.profile(), seed: 1), pauses = 0
        #expect(call.resume() == [.send])
        while true {
            _ = call.handle(.response(status: 429, retryAfter: .seconds(10)))
            let actions = call.handle(.completed)
            guard actions == [.pause(.seconds(10))] else { break }
            pauses += 1
            #expect(call.resume() == [.send])
        }
        #expect(pauses == 6)
        var other = ProviderCall(to: Sample.profile(), seed: 1)
        _ = other.resume()
        _ = other.handle(.response(status: 429, retryAfter: .seconds(31)))
        guard case .fail(let failure)? = other.handle(.completed).first else {
            Issue.record("a call waits for half a minute at most")
            return
        }
        #expect(failure.code == .rateLimited && failure.message.contains("try again in 31 s"))
    }

    @Test(arguments: [429, 200], [nil, Duration.zero])
    func `a provider that has had too many and does not say for how long is left alone longer each time`(
        status: Int, retryAfter: Duration?
    ) {
        var call = ProviderCall(to: Sample.profile(), seed: 1), pauses: [Duration] = [], failures = 0
        let error = #"data: {"error":{"message":"slow down","code":429}}"# + "\n\n"
        while call.resume() == [.send] {
            var actions = call.handle(.response(status: status, retryAfter: retryAfter))
            actions += status == 200 ? call.handle(.bytes(Array(error.utf8))) : call.handle(.completed)
            for case .pause(let pause) in actions { pauses.append(pause) }
            for case .fail(let failure) in actions where failure.code == .rateLimited { failures += 1 }
        }
        #expect((4...7).contains(pauses.count) && pauses.reduce(.zero, +) >= .seconds(10), "\(pauses)")
        #expect(pauses[0] <= .milliseconds(500) && pauses.allSatisfy { $0 <= .seconds(8) } && failures == 1)
        #expect(zip(pauses, pauses.dropFirst()).prefix(3).allSatisfy { $0 < $1 }, "\(pauses)")
    }

    @Test func `what an attempt cost that failed is not told with the next one`() {
        var call = ProviderCall(to: Sample.profile(), seed: 1)
        _ = call.resume()
        _ = call.handle(.response(status: 200, retryAfter: nil))
        let both = #"data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":9}}"#
        _ = call.handle(.bytes(Array("\(both)\n\ndata: {\"error\":\"x\"}\n\n".utf8)))
        #expect(call.resume() == [.send])
        _ = call.handle(.response(status: 200, retryAfter: nil))
        let outcome = ChatOutcome(stopReason: .end, usage: nil, provider: "p", model: "m")
        let stop = #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#
        #expect(call.handle(.bytes(Array("\(stop)\n\ndata: [DONE]\n\n".utf8))) == [.finish(outcome)])
    }
}
