import Glibc
import Services

extension ExitStatus {
    /// Ends the process.
    public func exit() -> Never { Glibc.exit(rawValue) }
}
