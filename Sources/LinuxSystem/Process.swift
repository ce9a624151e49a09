import CLinux
import Glibc

/// This process itself.
public enum CurrentProcess {
    /// Keeps others of the same user from reading this process's memory and environment.
    ///
    /// See: prctl(2) PR_SET_DUMPABLE
    public static func forbidDumping() { _ = clinux_prctl(CInt(CLINUX_PR_SET_DUMPABLE), 0) }

    /// Opens `/dev/null` where standard input, output or error are closed: the next file that is opened would be taken
    /// for one of them. Call it first.
    public static func completeStandardDescriptors() {
        var descriptor = Glibc.open("/dev/null", O_RDWR)
        while descriptor >= 0, descriptor <= 2 { descriptor = Glibc.open("/dev/null", O_RDWR) }
        if descriptor > 2 { close(descriptor) }
    }

    /// How often others have taken the processor from this process while it had more to do.
    ///
    /// See: getrusage(2) ru_nivcsw
    public static var preemptions: Int {
        var usage = rusage()
        getrusage(CInt(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_nivcsw
    }

    /// Gives memory that is free back to the system.
    ///
    /// See: malloc_trim(3)
    public static func returnFreeMemory() { clinux_return_free_memory() }

    /// Gives the part of the main thread's stack back that deeper calls have used before.
    ///
    /// See: madvise(2) MADV_DONTNEED
    public static func returnStack() { clinux_return_stack() }

    /// Orphans among our descendants become our children instead of init's.
    ///
    /// See: prctl(2) PR_SET_CHILD_SUBREAPER
    public static func becomeSubreaper() { _ = clinux_prctl(CInt(CLINUX_PR_SET_CHILD_SUBREAPER), 1) }

    /// No program that this process or a descendant executes gains rights.
    ///
    /// See: prctl(2) PR_SET_NO_NEW_PRIVS
    public static func forbidNewPrivileges() { _ = clinux_prctl(CInt(CLINUX_PR_SET_NO_NEW_PRIVS), 1) }

    /// Lets others have the processors first.
    ///
    /// See: nice(2)
    public static func yieldToOthers() { _ = nice(10) }

    /// Bounds what this process and those that it becomes may use.
    ///
    /// - Parameters:
    ///   - memoryBytes: Memory that each process may write to and shares with none; left as it is when nil. Address
    ///     space alone costs nothing, and some runtimes reserve much of it.
    ///   - tasks: Processes and threads of this user in this user namespace; nothing to the machine's root.
    ///   - fileBytes: The longest file that it may write.
    ///   - descriptors: How many descriptors it may have open, and up to which number it may raise that.
    /// - Throws: `setrlimit`.
    ///
    /// See: setrlimit(2) RLIMIT_DATA, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NOFILE
    public static func limit(
        memoryBytes: Int?, tasks: Int, fileBytes: Int, descriptors: DescriptorLimit
    ) throws(SystemCallError) {
        if let memoryBytes { try limit(RLIMIT_DATA, rlim_t(memoryBytes), "RLIMIT_DATA") }
        try limit(__RLIMIT_NPROC, rlim_t(tasks), "RLIMIT_NPROC")
        try limit(RLIMIT_FSIZE, rlim_t(fileBytes), "RLIMIT_FSIZE")
        // Less than any core has; and a program that takes cores of the kernel is started for 0, and not for 1.
        try limit(RLIMIT_CORE, 1, "RLIMIT_CORE")
        let most = min(descriptors.hard, DescriptorLimit(atMost: .max).hard)
        try limit(RLIMIT_NOFILE, min(descriptors.soft, most), most: most, "RLIMIT_NOFILE")
    }

    /// - Parameter most: Up to where the value may be raised; no further than it is when nil.
    private static func limit(
        _ resource: __rlimit_resource, _ value: rlim_t, most: rlim_t? = nil, _ name: String
    ) throws(SystemCallError) {
        var limit = rlimit(rlim_cur: value, rlim_max: most ?? value)
        try completedCall("setrlimit", subject: name) { setrlimit(__rlimit_resource_t(resource.rawValue), &limit) }
    }

    /// Makes descriptors of ours standard input and standard output as well.
    ///
    /// - Throws: `dup2`.
    public static func setStreams(input: CInt, output: CInt) throws(SystemCallError) {
        try completedCall("dup2") { dup2(input, STDIN_FILENO) }
        try completedCall("dup2") { dup2(output, STDOUT_FILENO) }
    }

    /// Becomes another program, which is searched in `PATH` unless its name has a slash.
    ///
    /// - Throws: `execvp`. It does not return otherwise.
    public static func become(_ words: [String]) throws(SystemCallError) {
        guard let name = words.first else { throw SystemCallError("execvp", errno: ENOENT) }
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        execvp(name, &arguments)
        throw SystemCallError("execvp", subject: name, errno: errno)
    }

    /// Shows a text instead of this process's arguments in ps, cut at what there is room for: what it is, and what it
    /// does just now.
    public static func setTitle(_ title: String) { clinux_set_title(title) }

    /// The name that `ps -o comm`, top and the kernel's own messages show, cut at 15 bytes.
    public static func setName(_ name: String) { clinux_set_name(name) }

    /// The value of an environment variable.
    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The whole environment as `NAME=value`, for a child that inherits it.
    public static var environmentEntries: [String] {
        var entries: [String] = [], entry = clinux_environment()
        while let text = entry?.pointee {
            entries.append(String(cString: text))
            entry = entry?.advanced(by: 1)
        }
        return entries
    }

    /// The path of the running executable, symbolic links resolved.
    public static func executablePath() throws(SystemCallError) -> String { try resolve("/proc/self/exe") }

    /// A path with symbolic links and dots resolved.
    ///
    /// - Throws: `realpath`.
    public static func resolve(_ path: String) throws(SystemCallError) -> String {
        guard let raw = realpath(path, nil) else { throw SystemCallError("realpath", subject: path, errno: errno) }
        defer { free(raw) }
        return String(cString: raw)
    }
}

/// Other processes, by pid.
public enum ProcessInformation {
    /// How many threads the processes have that descend from one, its own not counted. Those whose parents have died
    /// count when a subreaper or the first process of their namespace among the descendants has taken them.
    ///
    /// - Parameter limit: Where counting stops.
    ///
    /// See: proc_pid_task(5) children
    public static func threadsOfDescendants(of pid: pid_t, atMost limit: Int) -> Int {
        var waiting = [pid], count = 0
        while let next = waiting.popLast(), count < limit {
            let threads = (try? Files.list("/proc/\(next)/task")) ?? []
            if next != pid { count += threads.count }
            if count < limit { waiting += threads.flatMap { children(of: next, thread: $0) } }
        }
        return min(count, limit)
    }

    /// Sends a signal to every process that descends from one, and not to that one.
    public static func signalDescendants(of pid: pid_t, _ signal: Signal) {
        var waiting = [pid]
        while let next = waiting.popLast() {
            let threads = (try? Files.list("/proc/\(next)/task")) ?? []
            let below = threads.flatMap { children(of: next, thread: $0) }
            for child in below { kill(child, signal.number) }  // ESRCH: it has gone, as wanted
            waiting += below
        }
    }

    private static func children(of pid: pid_t, thread: String) -> [pid_t] {
        let bytes = (try? Files.read("/proc/\(pid)/task/\(thread)/children", limit: 1 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }

    /// The parent of a process, nil when there is no such process.
    ///
    /// See: proc(5) /proc/pid/stat
    public static func parent(of pid: pid_t) -> pid_t? {
        guard let fields = statFields(of: pid), fields.count > 1 else { return nil }
        return pid_t(fields[1])
    }

    /// Whether a process runs, or could; one that has ended and waits for its parent does not.
    public static func isAlive(_ pid: pid_t) -> Bool {
        statFields(of: pid)?.first.map { $0 != "Z" && $0 != "X" } ?? false
    }

    /// Whether a process is stopped by a signal or a debugger.
    public static func isHalted(_ pid: pid_t) -> Bool {
        statFields(of: pid)?.first.map { $0 == "T" || $0 == "t" } ?? false
    }

    /// The fields of /proc/pid/stat from the state on. The name in parentheses may hold anything, so they are counted
    /// from its end.
    private static func statFields(of pid: pid_t) -> [Substring]? {
        guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 65_536),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        return String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    }

    /// The cgroup of a process in the unified hierarchy, such as `/system.slice/egghead.service`.
    ///
    /// See: cgroups(7) /proc/pid/cgroup
    public static func cgroup(of pid: pid_t) -> String? {
        guard let bytes = try? Files.read("/proc/\(pid)/cgroup", limit: 65_536) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    }

    /// What a process has used: processor time since its start, and memory that it holds now; nil when there is no such
    /// process.
    ///
    /// See: proc(5) /proc/pid/stat
    public static func use(of pid: pid_t) -> (processor: Duration, residentBytes: Int)? {
        guard let fields = statFields(of: pid), fields.count > 21, let user = Int(fields[11]),
            let system = Int(fields[12]), let pages = Int(fields[21])
        else { return nil }
        let ticks = (user + system) * 1_000 / sysconf(CInt(_SC_CLK_TCK))
        return (.milliseconds(ticks), pages * sysconf(CInt(_SC_PAGESIZE)))
    }

    /// Who traces a process, as a debugger does; nil when nobody does.
    ///
    /// See: proc(5) /proc/pid/status TracerPid
    public static func tracer(of pid: pid_t) -> pid_t? {
        let number = status("TracerPid", of: pid).flatMap { pid_t($0) }
        return number == 0 ? nil : number
    }

    /// A field of what the kernel tells everybody about a process, such as `Seccomp`; nil when there is none.
    ///
    /// See: proc(5) /proc/pid/status
    public static func status(_ field: String, of pid: pid_t) -> String? {
        guard let bytes = try? Files.read("/proc/\(pid)/status", limit: 1 << 16) else { return nil }
        let prefix = Array("\(field):".utf8)
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: prefix) }
        return line.map { String(decoding: $0.dropFirst(prefix.count).drop { $0 <= 0x20 }, as: UTF8.self) }
    }

    /// A variable of the environment that a process was started with; nil when it has none or may not be looked at.
    ///
    /// See: proc(5) /proc/pid/environ
    public static func variable(_ name: String, of pid: pid_t) -> String? {
        guard let bytes = try? Files.read("/proc/\(pid)/environ", limit: 1 << 21) else { return nil }
        let prefix = Array("\(name)=".utf8)
        let entry = bytes.split(separator: 0).first { $0.starts(with: prefix) }
        return entry.map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
    }

    /// Whether the process of a pidfd has ended.
    public static func hasEnded(_ pidfd: borrowing FileDescriptor) -> Bool {
        var poller = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) != 0
    }
}
