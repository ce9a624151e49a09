import Glibc
import LinuxSystem
import Services

// What is told of a folder that the system does not let the store watch or read, with the remedy for the cause.
extension RecordProblem {
    /// A folder of which no news comes.
    init(unwatched folder: String, _ error: SystemCallError) {
        let isWatch = error.call == "inotify_add_watch", cause: String, fix: String
        switch error.errno {
        case ENOSPC where isWatch:  // "No space left on device", which means another thing
            cause = "this user has no inotify watches left"
            fix = "raise their number as root: `sysctl fs.inotify.max_user_watches=524288`; it is tried again"
        case EMFILE where !isWatch:
            cause = "this user has too many inotify instances, or the store too many open files: \(error)"
            fix = "raise their number as root: `sysctl fs.inotify.max_user_instances=512`; it is tried again"
        case let code:
            cause = "\(error)"
            fix = Self.fix(for: code)
        }
        self.init(path: folder, line: nil, message: "changes are noticed late: \(cause)", fix: fix)
    }

    /// A folder whose names cannot be listed.
    init(unreadable folder: String, _ error: SystemCallError) {
        self.init(
            path: folder, line: nil, message: "the folder cannot be read, and is ignored: \(error)",
            fix: Self.fix(for: error.errno))
    }

    private static func fix(for errno: CInt) -> String {
        switch errno {
        case EACCES, EPERM: "repair its permissions"
        case EMFILE, ENFILE: "raise the limit of open files, `ulimit -n` or LimitNOFILE=; it is tried again"
        case ENOMEM: "free memory; it is tried again"
        case EIO: "look at the disk with `dmesg`; it is tried again"
        case _: "it is tried again"
        }
    }
}
