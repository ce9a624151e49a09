import Glibc
import LinuxSystem
import Services
import Testing

@testable import egghead_records

struct FolderProblemTests {
    @Test(arguments: [
        ("inotify_add_watch", ENOSPC, "no inotify watches left", "`sysctl fs.inotify.max_user_watches="),
        ("inotify_init1", EMFILE, "too many inotify instances", "`sysctl fs.inotify.max_user_instances="),
        ("inotify_add_watch", EACCES, "Permission denied", "repair its permissions"),
        ("inotify_add_watch", ENOMEM, "Cannot allocate memory", "free memory"),
        ("epoll_ctl", ENOSPC, "No space left on device", "it is tried again"),
    ])
    func `the advice on a folder that is not watched fits the cause`(
        call: String, errno: CInt, cause: String, fix: String
    ) {
        let problem = RecordProblem(unwatched: "a", SystemCallError(call, subject: "a", errno: errno))
        #expect(problem.message.contains("changes are noticed late: ") && problem.statement.contains(cause))
        #expect(problem.fix?.contains(fix) == true && problem.message.hasSuffix(problem.fix ?? "?"))
        #expect(call != "inotify_add_watch" || !problem.message.contains("No space left"))
    }

    @Test(arguments: [(EACCES, "permissions"), (EMFILE, "ulimit -n"), (EIO, "dmesg")])
    func `the advice on a folder that is not read fits the cause`(errno: CInt, fix: String) {
        let problem = RecordProblem(unreadable: "a", SystemCallError("open", subject: "a", errno: errno))
        #expect(problem.fix?.contains(fix) == true && problem.message.contains("is ignored"))
    }
}
