import Glibc
import LinuxSystem

/// The id by which a service knows a write that is asked for again.
enum RequestID {
    /// One that nobody else makes.
    static func make() -> String { "egghead-\(getpid())-\(Clock.nanosecondsSince1970())" }
}
