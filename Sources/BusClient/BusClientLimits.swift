/// Bounds of a client. Each has a defined answer when it is reached.
enum BusClientLimits {
    /// What a client keeps for a broker that is away; further messages are dropped and reported, as on a broken
    /// connection.
    static let backlogBytesMax = 8 * 1_048_576
    /// The first and the longest wait before a request or a connection is tried again; it doubles in between.
    static let retryFrom = Duration.milliseconds(25), retryTo = Duration.seconds(1)
    /// A connection that has lived for so long is made again at once when it breaks; a shorter one after a wait.
    static let lifeBeforeQuickReconnect = Duration.seconds(1)
    /// How long a child waits for a new connection. eggheadd hands one out whenever the broker has come back, so a
    /// longer silence means that this child alone was cut off, and only a new process gets a new connection.
    static let adoptionWait = Duration.seconds(60)
    /// How much one read takes, so that a busy broker does not hold the loop.
    static let readBytesMax = 65_536
}

/// The wait before the next try.
struct RetryDelay {
    private var next = BusClientLimits.retryFrom

    /// The wait to use now; the one after it is twice as long.
    mutating func take() -> Duration {
        defer { next = min(next * 2, BusClientLimits.retryTo) }
        return next
    }
}
