import Glibc
import Time

/// The machine's clocks. Only shells read them.
public enum Clock {
    /// The monotonic clock, for spans and order.
    ///
    /// See: clock_gettime(2) CLOCK_MONOTONIC
    public static func monotonic() -> Instant {
        let time = read(CLOCK_MONOTONIC)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The time for which the process has been running on a processor. It stands still while others run.
    ///
    /// See: clock_gettime(2) CLOCK_PROCESS_CPUTIME_ID
    public static func processorTime() -> Duration {
        let time = read(CLOCK_PROCESS_CPUTIME_ID)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The date, for people.
    public static func timestamp() -> String {
        timestamp(nanosecondsSince1970: nanosecondsSince1970())
    }

    /// A date, for people.
    public static func timestamp(nanosecondsSince1970 time: Int64) -> String {
        Timestamp.rfc3339(nanosecondsSince1970: time)
    }

    /// The date in nanoseconds since 1970.
    public static func nanosecondsSince1970() -> Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
