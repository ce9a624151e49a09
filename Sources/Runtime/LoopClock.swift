import Time

/// The clock of a loop: the machine's monotonic clock, which stands still while the process does.
///
/// A process that is stopped (SIGSTOP, a frozen cgroup, a paused machine) finds all its deadlines passed when it
/// continues: it would take its children for hung, its peers for silent and its turns for stuck, although none of them
/// had a chance to say anything either. So time that the process did not run does not count. The loop waits for
/// `waitMax` at most while a timer is pending; a turn that begins much later than that follows a pause.
///
/// A suspended machine needs none of this: CLOCK_MONOTONIC does not count that time. See: clock_gettime(2)
struct LoopClock {
    /// The longest wait for an event while a timer is pending.
    static let waitMax = Duration.seconds(10)
    /// The shortest time between two readings that counts as a pause. It leaves a slow machine two seconds.
    static let pauseMin = waitMax + .seconds(2)

    private struct Pause {
        /// When it ended, on this clock.
        let end: Instant
        /// How long all pauses were together, up to and with this one.
        let total: Duration
    }

    /// The last pauses, in their order. Older ones count as if there had been none; that matters for dates alone.
    private var pauses: [Pause] = []
    private static let pausesKept = 64
    /// The machine's clock when this one was read last.
    private var lastRead: Instant
    private var lost = Duration.zero
    /// How long the pauses were that no turn has reported.
    private var unreported: Duration?

    /// A clock that agrees with the machine's.
    ///
    /// - Parameter now: The machine's clock.
    init(now: Instant) { lastRead = now }

    /// Reads the clock within a turn. It never goes backwards.
    ///
    /// - Parameter machine: The machine's clock.
    mutating func read(machine: Instant) -> Instant {
        let span = machine - lastRead
        if span >= Self.pauseMin {
            lost += span
            unreported = (unreported ?? .zero) + span
            pauses.append(Pause(end: machine + (.zero - lost), total: lost))
            if pauses.count > Self.pausesKept { pauses.removeFirst() }
        }
        lastRead = machine
        return machine + (.zero - lost)
    }

    /// What the machine's clock was at a time on this one.
    func machineTime(of time: Instant) -> Instant { time + (pauses.last { $0.end <= time }?.total ?? .zero) }

    /// Begins a turn.
    ///
    /// - Parameters:
    ///   - machine: The machine's clock, after the wait.
    ///   - isTimed: Whether the wait had an end. One without an end may take any time.
    /// - Returns: The time, and how long the process did not run since the turn before began; nil when it did.
    mutating func beginTurn(machine: Instant, isTimed: Bool) -> (now: Instant, pause: Duration?) {
        if !isTimed { lastRead = machine }
        let now = read(machine: machine)
        defer { unreported = nil }
        return (now, unreported)
    }
}
