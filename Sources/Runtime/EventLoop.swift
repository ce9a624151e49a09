import Glibc
import LinuxSystem
import Services
import Time

/// One thread, one epoll set: the only loop of a process.
///
/// A turn is: wait, read the clock once, handle ready descriptors in the kernel's order, handle due timers in order of
/// their time, then the turn's end, where what the turn has gathered is written out at once. Handlers run to their end
/// and never wait.
public final class EventLoop {
    private let epoll: Epoll
    private var watches: [UInt64: Watch] = [:]
    private var nextKey: UInt64 = 1
    private var timers = TimerQueue()
    private var turnEndHandlers: [() -> Void] = []
    private var exitStatus: ExitStatus?
    private var signals: SignalWatch?
    private var clock: LoopClock
    private var pauseHandlers: [(Duration) -> Void] = []

    /// The loop's clock as it stood at the beginning of this turn: the monotonic clock without the pauses in which the
    /// process did not run.
    public private(set) var now: Instant

    /// The loop's clock now.
    public var time: Instant { clock.read(machine: Clock.monotonic()) }

    /// A loop with nothing to watch.
    ///
    /// - Throws: `epoll_create1`.
    public init() throws(SystemCallError) {
        epoll = try Epoll()
        now = Clock.monotonic()
        clock = LoopClock(now: now)
    }

    /// The date of a time on the loop's clock, in nanoseconds since 1970, by what the machine takes for the date now.
    public func date(of time: Instant) -> Int64 {
        Clock.nanosecondsSince1970() - (Clock.monotonic() - clock.machineTime(of: time)).wholeNanoseconds
    }

    /// Watches a descriptor until the watch is cancelled, which must happen before the descriptor is closed.
    ///
    /// - Throws: `epoll_ctl`, for example for a regular file.
    public func watch(
        _ descriptor: CInt, for interest: Interest, _ handler: @escaping (Readiness) -> Void
    ) throws(SystemCallError) -> Watch {
        let key = nextKey
        nextKey += 1
        try epoll.add(descriptor, interest, key: key)
        let watch = Watch(loop: self, descriptor: descriptor, key: key, interest: interest, handler: handler)
        watches[key] = watch
        return watch
    }

    /// Calls the handler once, after a span of at least this length.
    @discardableResult
    public func schedule(after delay: Duration, _ handler: @escaping () -> Void) -> Timer {
        let timer = Timer(deadline: time + delay, handler: handler)
        timers.insert(timer)
        return timer
    }

    /// Calls the handler at the end of every turn, in the order of registration: the place to write out a batch.
    public func onTurnEnd(_ handler: @escaping () -> Void) { turnEndHandlers.append(handler) }

    /// Calls the handler when the process continues after a pause of some length, before anything else of that turn:
    /// the place to show others at once that it lives.
    public func onPause(_ handler: @escaping (Duration) -> Void) { pauseHandlers.append(handler) }

    /// Calls the handler now, once in each interval from now on, and at once after a pause, in which others may have
    /// run: for telling a watchdog that the loop turns.
    public func beat(every interval: Duration, _ handler: @escaping () -> Void) {
        onPause { _ in handler() }
        beatRegularly(interval, handler)
    }

    private func beatRegularly(_ interval: Duration, _ handler: @escaping () -> Void) {
        handler()
        schedule(after: interval) { [unowned self] in beatRegularly(interval, handler) }
    }

    /// Blocks the signals and calls the handler for each; may be called once.
    public func onSignals(_ wanted: [Signal], _ handler: @escaping (Signal) -> Void) throws(SystemCallError) {
        precondition(signals == nil, "signals have one handler")
        let source = SignalWatch(descriptor: try SignalDescriptor(wanted))
        signals = source
        source.watch = try watch(source.descriptor.raw, for: .read) { [unowned source] _ in
            while let signal = try? source.descriptor.next() { handler(signal) }
        }
    }

    /// Ends `run` after this turn.
    public func stop(_ status: ExitStatus) { exitStatus = exitStatus ?? status }

    /// Serves until `stop`.
    ///
    /// - Returns: The status given to `stop`.
    /// - Throws: `epoll_wait`.
    public func run() throws(SystemCallError) -> ExitStatus {
        while true {
            try turn()
            if let exitStatus { return exitStatus }
        }
    }

    private func turn() throws(SystemCallError) {
        let deadline = timers.nextDeadline
        let count = try epoll.wait(milliseconds: milliseconds(until: deadline))
        let turn = clock.beginTurn(machine: Clock.monotonic(), isTimed: deadline != nil)
        now = turn.now
        if let pause = turn.pause { for handler in pauseHandlers { handler(pause) } }
        for index in 0..<count {
            let (key, readiness) = epoll.event(index)
            watches[key]?.handler(readiness)  // a watch cancelled earlier in this turn has left the table
        }
        while let timer = timers.next(dueAt: now) { timer.fire() }
        for handler in turnEndHandlers { handler() }
    }

    private func milliseconds(until deadline: Instant?) -> CInt {
        guard let deadline else { return -1 }
        return CInt(max(.zero, min(deadline - time, LoopClock.waitMax)).wholeMillisecondsUp)
    }

    fileprivate func isWatching(_ watch: Watch) -> Bool { watches[watch.key] === watch }

    fileprivate func modify(_ watch: Watch) throws(SystemCallError) {
        try epoll.modify(watch.descriptor, watch.interest, key: watch.key)
    }

    fileprivate func cancel(_ watch: Watch) {
        guard watches.removeValue(forKey: watch.key) != nil else { return }
        epoll.remove(watch.descriptor)
    }
}

/// A descriptor that the loop watches.
public final class Watch {
    fileprivate let descriptor: CInt
    fileprivate let key: UInt64
    fileprivate let handler: (Readiness) -> Void
    /// Whoever holds the watch may outlive the loop.
    private weak var loop: EventLoop?

    /// What it is watched for. Setting it to the same value costs nothing.
    public private(set) var interest: Interest

    fileprivate init(
        loop: EventLoop, descriptor: CInt, key: UInt64, interest: Interest, handler: @escaping (Readiness) -> Void
    ) {
        self.loop = loop
        self.descriptor = descriptor
        self.key = key
        self.interest = interest
        self.handler = handler
    }

    /// Changes what the descriptor is watched for; of a watch that has ended, nothing.
    public func change(to interest: Interest) {
        guard interest != self.interest, let loop, loop.isWatching(self) else { return }
        self.interest = interest
        do throws(SystemCallError) {
            try loop.modify(self)
        } catch {
            preconditionFailure("a watched descriptor was closed before its watch: \(error)")
        }
    }

    /// Ends the watch. Call it before the descriptor is closed; a second call is without effect.
    public func cancel() { loop?.cancel(self) }
}

private final class SignalWatch {
    let descriptor: SignalDescriptor
    var watch: Watch?

    init(descriptor: consuming SignalDescriptor) { self.descriptor = descriptor }
}
