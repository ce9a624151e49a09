import Glibc
import LinuxSystem

/// The id by which a service recognizes a write that is requested again.
public enum RequestID {
    /// An id that no other run of any program makes: the program's name, its pid, and nanoseconds since 1970.
    ///
    /// - Parameter program: Letters that name the program, such as `tui`.
    public static func make(for program: String = "egghead") -> String {
        "\(program)-\(getpid())-\(Clock.nanosecondsSince1970())"
    }
}
