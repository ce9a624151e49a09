import LinuxSystem
import Testing
import Time

@testable import Runtime

@Suite struct EventLoopTests {
    @Test func `timers fire in the order of their time, equal ones in the order of their making`() throws {
        var queue = TimerQueue()
        var fired: [Int] = []
        for (name, at) in [(1, 30), (2, 10), (3, 30), (4, 20), (5, 10)] {
            queue.insert(Timer(deadline: Instant(nanoseconds: Int64(at))) { fired.append(name) })
        }
        let cancelled = Timer(deadline: .zero) { fired.append(99) }
        queue.insert(cancelled)
        cancelled.cancel()
        #expect(queue.nextDeadline == Instant(nanoseconds: 10))
        while let timer = queue.next(dueAt: Instant(nanoseconds: 25)) { timer.fire() }
        #expect(fired == [2, 5, 4])
        while let timer = queue.next(dueAt: Instant(nanoseconds: 30)) { timer.fire() }
        #expect(fired == [2, 5, 4, 1, 3])
        #expect(queue.nextDeadline == nil)
    }

    @Test func `timers that were cancelled do not gather behind one that waits`() {
        var queue = TimerQueue()
        queue.insert(Timer(deadline: .zero) {})
        for at in 1...10_000 {
            let timer = Timer(deadline: Instant(nanoseconds: Int64(at))) {}
            queue.insert(timer)
            timer.cancel()
        }
        #expect(queue.count <= 128)
        #expect(queue.nextDeadline == .zero)
    }

    @Test func `a watch that another handler of the same turn has cancelled is not called`() throws {
        let loop = try EventLoop()
        let one = try SharedPair(), two = try SharedPair()
        var calls = 0
        var watches: [Watch] = []
        for pair in [one, two] {
            watches.append(
                try loop.watch(pair.first.raw, for: .read) { _ in
                    calls += 1
                    watches.forEach { $0.cancel() }
                    loop.stop(.success)
                })
            #expect(try UnixSocket.send([1], on: pair.second.raw))
        }
        #expect(try loop.run() == .success)
        #expect(calls == 1)
    }

    @Test func `the end of a turn comes after everything that was ready in it`() throws {
        let loop = try EventLoop()
        let pair = try SharedPair()
        var order: [String] = []
        _ = try loop.watch(pair.first.raw, for: .read) { _ in
            _ = try? UnixSocket.receive(on: pair.first.raw, capacity: 16)
            order.append("handler")
            loop.stop(.success)
        }
        loop.onTurnEnd { order.append("end") }
        #expect(try UnixSocket.send([1], on: pair.second.raw))
        _ = try loop.run()
        #expect(order == ["handler", "end"])
    }
}

/// Both ends of a socketpair, for closures to hold.
private struct SharedPair {
    let first: SharedDescriptor, second: SharedDescriptor

    init() throws {
        (first, second) = try UnixSocket.pair(.sequencedPackets).split { (SharedDescriptor($0), SharedDescriptor($1)) }
    }
}

@Suite struct LogTests {
    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a\nb", "\"a\\nb\""),
        ("say \"hi\"", "\"say \\\"hi\\\"\""), ("\u{1B}[31m", "\"\\u{1b}[31m\""), ("\u{9B}31m", "\"\\u{9b}31m\""),
        ("été", "été"),
    ])
    func `what others have written cannot break a line or move a cursor`(value: String, expected: String) {
        #expect(Log.escaped(value) == expected)
    }

    @Test func `a long value is cut`() {
        #expect(Log.escaped(String(repeating: "x", count: 5_000)).count == Log.valueBytesMax + 1)
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399, "2000-02-28T23:59:59.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (1_795_421_100, "2026-11-23T08:05:00.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"),
    ])
    func `a date is written in RFC 3339`(seconds: Int64, expected: String) {
        #expect(Timestamp.rfc3339(seconds: seconds) == expected)
        #expect(TimestampFields(expected)?.secondsSince1970 == Int64(seconds))
    }

    @Test(arguments: [
        ("2026-11-23T08:05:00Z", 0), ("2026-11-23T08:05:00.5Z", 500), ("2026-11-23T08:05:00.123456789Z", 123),
        ("2026-11-23T08:05:00.Z", 0), ("2026-11-23T08:05:00+00:00", nil), ("2026-11-23T08:05Z", nil), ("Z", nil),
        ("", nil), ("2026-11-23T08:05:00.0x0Z", nil),
    ])
    func `a date of RFC 3339 in UTC is read with any fraction`(text: String, millisecond: Int?) {
        let fields = TimestampFields(rfc3339: text)
        #expect(fields?.millisecond == millisecond)
        if millisecond != nil { #expect(fields?.secondsSince1970 == 1_795_421_100) }
    }
}

@Suite struct SpawnTests {
    private func wait(_ child: borrowing ChildHandle) throws -> WaitStatus {
        while true {
            if let status = child.reap() { return status }
            _ = try Epoll().wait(milliseconds: 1)
        }
    }

    @Test(arguments: [UInt8(0), 1, 75, 78, 80, 255])
    func `an exit status is read as it was given`(code: UInt8) throws {
        let plan = SpawnPlan(executable: "/bin/sh", arguments: ["sh", "-c", "exit \(code)"], environment: [])
        #expect(try wait(ChildHandle(spawning: plan)) == .exited(code: code))
    }

    @Test func `threads that make children at once do not meet`() async throws {
        try await withThrowingTaskGroup { group in
            for code in UInt8(1)...200 {
                group.addTask { () throws in
                    let arguments = ["sh", "-c", "exit $0", "\(code)"]
                    let plan = SpawnPlan(executable: "/bin/sh", arguments: arguments, environment: [])
                    #expect(try wait(ChildHandle(spawning: plan)) == .exited(code: code))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a child has no blocked signals, no descriptors but its own, and its pid in LISTEN_PID`() throws {
        let script = """
            grep -q '^SigBlk:.0000000000000000$' /proc/self/status || exit 2
            grep -q '^SigIgn:.0000000000000000$' /proc/self/status || exit 3
            [ "$(ls /proc/self/fd | tr '\\n' ' ')" = '0 1 2 3 ' ] || exit 4
            [ "$LISTEN_PID" = $$ ] || exit 5
            [ "$(cut -d' ' -f5 /proc/self/stat)" = $$ ] || exit 6
            exit 42
            """
        let plan = SpawnPlan(
            executable: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH=/usr/bin:/bin", "LISTEN_PID="])
        let status = try wait(ChildHandle(spawning: plan))
        #expect(status == .exited(code: 42))
    }

    @Test func `a program that cannot be executed is named with the answer of the system`() throws {
        let plan = SpawnPlan(executable: "/nowhere", arguments: ["nowhere"], environment: [])
        #expect(throws: SystemCallError("execve", subject: "/nowhere", errno: 2)) {
            _ = try ChildHandle(spawning: plan)
        }
    }

    @Test func `a signal is told by its name`() throws {
        let plan = SpawnPlan(executable: "/bin/sleep", arguments: ["sleep", "600"], environment: [])
        let child = try ChildHandle(spawning: plan)
        child.signal(.terminate)
        #expect(try wait(child) == .signaled(.terminate, dumpedCore: false))
        #expect("\(Signal(number: 40))" == "SIGRTMIN+6")
    }
}
