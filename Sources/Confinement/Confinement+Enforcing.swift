import CLinux
import Glibc
import LinuxSystem

extension Confinement {
    /// What this kernel did of it.
    public struct Outcome: Hashable, Sendable {
        /// Why there is no filter of system calls; nil when it is in force.
        public var filterProblem: String?
        /// Why files and TCP are not held by Landlock; nil when they are, or when the confinement keeps them all.
        public var landlockProblem: String?

        /// All that is wanted is in force.
        public var isComplete: Bool { filterProblem == nil && landlockProblem == nil }
    }

    /// Puts the part on files in force on this process and on what it becomes, for good.
    ///
    /// - Returns: Whether the kernel has the means.
    /// - Throws: The calls of landlock(7).
    public func enforceOnFiles() throws(SystemCallError) -> Bool { try Landlock.enforce(self) }

    /// Puts it in force on this process, for good; what the kernel has no means for stays possible. Before this the
    /// process opens what it needs besides, and it must not have started a thread, which Landlock would not hold.
    ///
    /// It takes some hundred microseconds, most of them the kernel's, and waits for nothing.
    public func enforce() -> Outcome {
        var outcome = Outcome()
        CurrentProcess.forbidNewPrivileges()  // without this the kernel takes neither from an ordinary user
        do throws(SystemCallError) {
            if try !Landlock.enforce(self), files != .all {
                let version = Landlock.version
                outcome.landlockProblem =
                    version == 0 ? "this kernel has no Landlock" : "Landlock version \(version) is too old"
            }
        } catch {
            outcome.landlockProblem = "\(error)"
        }
        do throws(SystemCallError) {
            try program(for: getpid()).enforce()
        } catch {
            outcome.filterProblem = "\(error)"
        }
        return outcome
    }
}
