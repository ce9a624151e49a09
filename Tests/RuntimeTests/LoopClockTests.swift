import Testing
import Time

@testable import Runtime

@Suite struct LoopClockTests {
    private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

    @Test func `while the process runs, it is the machine's clock`() {
        var clock = LoopClock(now: at(100))
        for second in [100.0, 100.5, 110.5, 122.4] {
            let turn = clock.beginTurn(machine: at(second), isTimed: true)
            #expect(turn.now == at(second))
            #expect(turn.pause == nil)
        }
        #expect(clock.read(machine: at(134.3)) == at(134.3))
        #expect(clock.machineTime(of: at(101)) == at(101))
    }

    @Test func `it stands still while the process does, and says how long that was`() {
        var clock = LoopClock(now: at(0))
        _ = clock.beginTurn(machine: at(5), isTimed: true)
        let turn = clock.beginTurn(machine: at(70), isTimed: true)
        #expect(turn.now == at(5))
        #expect(turn.pause == .seconds(65))
        let next = clock.beginTurn(machine: at(71), isTimed: true)
        #expect(next.now == at(6))
        #expect(next.pause == nil)
    }

    @Test func `the shortest pause is the longest wait and two seconds`() {
        var clock = LoopClock(now: at(0))
        #expect(clock.beginTurn(machine: at(11.5), isTimed: true).pause == nil)
        #expect(clock.beginTurn(machine: at(23.5), isTimed: true).pause == .seconds(12))
    }

    @Test func `a wait that has no end is no pause, however long it takes`() {
        var clock = LoopClock(now: at(0))
        let turn = clock.beginTurn(machine: at(3_600), isTimed: false)
        #expect(turn.now == at(3_600))
        #expect(turn.pause == nil)
    }

    @Test func `a pause in the middle of a turn counts from the next reading, and time never goes back`() {
        var clock = LoopClock(now: at(0))
        _ = clock.beginTurn(machine: at(1), isTimed: true)
        #expect(clock.read(machine: at(61)) == at(1))
        #expect(clock.read(machine: at(62)) == at(2))
        let turn = clock.beginTurn(machine: at(63), isTimed: true)
        #expect(turn.now == at(3))
        #expect(turn.pause == .seconds(60))
        #expect(clock.beginTurn(machine: at(64), isTimed: true).pause == nil)
    }

    @Test func `what the machine's clock was is known on both sides of each pause`() {
        var clock = LoopClock(now: at(0))
        _ = clock.beginTurn(machine: at(10), isTimed: true)
        _ = clock.beginTurn(machine: at(110), isTimed: true)
        _ = clock.beginTurn(machine: at(120), isTimed: true)
        _ = clock.beginTurn(machine: at(140), isTimed: true)
        // The clock says 20 now.
        #expect(clock.machineTime(of: at(9)) == at(9))
        #expect(clock.machineTime(of: at(10)) == at(110))
        #expect(clock.machineTime(of: at(19)) == at(119))
        #expect(clock.machineTime(of: at(20)) == at(140))
    }

    @Test func `a hundred pauses are counted in full, and remembered within a bound`() {
        var clock = LoopClock(now: at(0))
        for count in 1...100 {
            #expect(clock.beginTurn(machine: at(Double(count * 21 - 1)), isTimed: true).pause == .seconds(20))
            #expect(clock.beginTurn(machine: at(Double(count * 21)), isTimed: true).now == at(Double(count)))
        }
        #expect(clock.machineTime(of: at(100)) == at(2_100))
        #expect(clock.machineTime(of: at(40.5)) == at(860.5))
    }
}
