import CLinux
import Glibc

/// A control group of the unified hierarchy: a directory whose files are the kernel's.
///
/// See: cgroups(7), the kernel's Documentation/admin-guide/cgroup-v2.rst
public struct Cgroup: Hashable, Sendable {
    /// The directory.
    public let path: String

    /// A cgroup that may or may not exist.
    public init(path: String) { self.path = path }

    /// The cgroup of this name below.
    public func child(_ name: String) -> Cgroup { Cgroup(path: "\(path)/\(name)") }

    /// The name of a child cgroup for a text that people chose: none of the kernel's files has it, nor a cgroup of ours
    /// that begins with another letter.
    public static func name(for text: String) -> String {
        let bytes = text.utf8.map { byte -> String in
            let isPlain = byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || (0x30...0x39).contains(byte))
            return isPlain || "_-:".utf8.contains(byte) ? String(UnicodeScalar(byte)) : "%\(String(byte, radix: 16))"
        }
        return "child-" + bytes.joined()
    }

    /// The cgroup that this process is in, where the unified hierarchy is mounted and shows it.
    public static func ofThisProcess() -> Cgroup? {
        guard let path = ProcessInformation.cgroup(of: getpid()), let mount = mountPoint else { return nil }
        let cgroup = Cgroup(path: mount + (path == "/" ? "" : path))
        // A mount that begins elsewhere than our view of the hierarchy would show us another cgroup.
        return cgroup.processes.contains(getpid()) ? cgroup : nil
    }

    private static var mountPoint: String? {
        guard let bytes = try? Files.read("/proc/self/mountinfo", limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard
            let line = lines.first(where: { $0.split(separator: " ").drop { $0 != "-" }.dropFirst().first == "cgroup2" }
            )
        else { return nil }
        return line.split(separator: " ").dropFirst(4).first.map(String.init)
    }

    /// Whether the path is a directory of the unified hierarchy.
    public var isUnified: Bool { clinux_is_cgroup2(path) }

    /// Whether systemd has given this cgroup away.
    ///
    /// See: systemd.resource-control(5) Delegate=
    public var isDelegated: Bool {
        clinux_attribute_is_1(path, "user.delegate") || clinux_attribute_is_1(path, "trusted.delegate")
    }

    /// Makes the cgroup; one that exists is left as it is.
    ///
    /// - Throws: `mkdir`.
    public func make() throws(SystemCallError) {
        if mkdir(path, 0o755) == -1, errno != EEXIST { throw SystemCallError("mkdir", subject: path, errno: errno) }
    }

    /// Removes the cgroup; one with processes in it stays.
    ///
    /// - Returns: Whether it is gone.
    @discardableResult public func remove() -> Bool { rmdir(path) == 0 || errno == ENOENT }

    /// Ends every process in it and below, and removes it with all that is below.
    ///
    /// - Returns: Whether it is gone; a process that hangs in the kernel keeps its own.
    @discardableResult public func removeAll() -> Bool {
        kill()
        children.forEach { $0.removeAll() }
        return remove()
    }

    /// The cgroups directly below.
    public var children: [Cgroup] {
        ((try? Files.list(path)) ?? []).map(child).filter { (try? Files.status($0.path))?.kind == .directory }
    }

    /// The processes in it, without those in the cgroups below.
    public var processes: [pid_t] {
        (try? read("cgroup.procs"))?.split(separator: "\n").compactMap { pid_t($0) } ?? []
    }

    /// Moves a process into it.
    ///
    /// - Throws: `write`.
    public func adopt(_ pid: pid_t) throws(SystemCallError) { try write("\(pid)", to: "cgroup.procs") }

    /// Lets it run when somebody has frozen it: whoever is born in it would never come to exec.
    public func thaw() { try? write("0", to: "cgroup.freeze") }  // ENOENT: a kernel without it freezes nothing

    /// Sends SIGKILL to every process in it and below, at once and without a race with their forks.
    public func kill() { try? write("1", to: "cgroup.kill") }  // ENOENT: it is gone with all that was in it

    /// The controllers that the cgroups below may use.
    public var controllers: [String] {
        (try? read("cgroup.controllers"))?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
    }

    /// Writes a value into a file of the kernel's.
    ///
    /// - Throws: `open`, `write`.
    public func write(_ value: String, to file: String) throws(SystemCallError) {
        let path = "\(path)/\(file)"
        let descriptor = try Files.open(path, O_WRONLY)
        let bytes = Array(value.utf8), raw = descriptor.raw
        try completedCall("write", subject: path) { Glibc.write(raw, bytes, bytes.count) }
    }

    /// Reads a file of the kernel's.
    ///
    /// - Throws: `open`, `read`.
    public func read(_ file: String) throws(SystemCallError) -> String {
        String(decoding: try Files.read("\(path)/\(file)", limit: 1 << 20), as: UTF8.self)
    }

    /// A number from a file of `key number` lines, such as `memory.events`.
    public func number(_ key: String, in file: String) -> Int? {
        for line in (try? read(file))?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int(words[1]) }
        }
        return nil
    }
}

/// The open files of a cgroup that is looked at often.
public final class OpenCgroup {
    /// The cgroup.
    public let cgroup: Cgroup
    private let directory: FileDescriptor
    private let events: FileDescriptor

    /// The directory's number, to be born in.
    public var raw: CInt { directory.raw }
    /// The number of `cgroup.events`, to be watched for `.change`.
    public var rawEvents: CInt { events.raw }

    /// Makes the cgroup and opens it.
    ///
    /// - Throws: `mkdir`, `open`.
    public init(making cgroup: Cgroup) throws(SystemCallError) {
        try cgroup.make()
        self.cgroup = cgroup
        directory = try Files.open(cgroup.path, O_RDONLY | O_DIRECTORY)
        events = try Files.open(cgroup.path + "/cgroup.events", O_RDONLY)
    }

    /// Whether a living process is in it or below.
    public var isPopulated: Bool {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = pread(events.raw, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return false }
            return String(decoding: buffer[..<count], as: UTF8.self).hasPrefix("populated 1")
        }
    }
}
