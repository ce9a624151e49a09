/// The limit of restarts: a supervisor gives up after more than `limit` within `period`.
///
/// See: OTP supervisor, restart intensity and period
package struct RestartIntensity: Hashable, Sendable {
    /// The restarts that are tolerated within the period.
    package var limit: Int
    /// The period.
    package var period: Duration

    /// A limit of 0 or more within a period; OTP's default is 1 in 5 s.
    package init(limit: Int = 1, period: Duration = .seconds(5)) {
        self.limit = limit
        self.period = period
    }
}

/// The restarts that still count, oldest first; never more than the limit and one.
///
/// OTP counts whole seconds, so its period ends up to a second late; here it ends exactly.
///
/// See: OTP supervisor, `add_restart/1`
struct RestartHistory: Hashable, Sendable {
    private var restarts: [Duration] = []

    /// Adds a restart.
    ///
    /// - Returns: whether it is still within the intensity.
    mutating func add(at now: Duration, within intensity: RestartIntensity) -> Bool {
        restarts.removeFirst(restarts.firstIndex { now - $0 <= intensity.period } ?? restarts.count)
        restarts.append(now)
        if restarts.count <= intensity.limit { return true }
        restarts.removeFirst(restarts.count - intensity.limit - 1)
        return false
    }

    /// Forgets all restarts: a restarted supervisor begins with an empty history.
    mutating func clear() { restarts.removeAll() }
}
