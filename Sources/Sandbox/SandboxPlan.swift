import Capabilities

/// What a call of a tool has of the machine: the walls that bubblewrap builds round it.
///
/// Everything that is not named is not there: no file, no process, no network, no device of the machine. The call has
/// namespaces of its own for users, processes, mounts, host name, System V objects and the network, and dies as a whole
/// with the program that it began with, or with us.
///
/// See: bwrap(1), namespaces(7)
public struct SandboxPlan: Hashable, Sendable {
    /// The directory of the machine that the call has, under the same path.
    public var root: FilePath?
    /// Whether it may change what is in there.
    public var isWritable: Bool
    /// Where the program begins: the root or below; `/tmp` when nil.
    public var directory: FilePath?
    /// Directories of the machine that it has besides, under the same paths.
    public var others: [SandboxDirectory] = []
    /// Variables of its environment besides those that all have, as `NAME=value`.
    public var variables: [String] = []
    /// The directories and files of `/usr` that are empty there.
    public var hidden: [FilePath], hiddenFiles: [FilePath]
    /// The program that runs in there, an executable of ours, which nobody inside can change.
    public var helper: String
    /// Files of ours that it has besides, by where they are in there.
    public var additions: [String: String] = [:]
    /// Whether there is a way to hosts: a proxy in the sandbox's own network, which is empty otherwise.
    public var hasProxy = false

    /// A plan without a directory of the machine.
    public init(helper: String) {
        self.helper = helper
        (root, directory) = (nil, nil)
        isWritable = false
        (hidden, hiddenFiles) = ([], [])
    }

    /// The helper's name, beside the toolbox's own program, and where it is in there.
    public static let helperName = "egghead-helper", helperPath = "/.egghead-helper"
    /// Where the program that reads pages is in there, and what a call has printed.
    public static let pageReaderPath = "/.egghead-read-page", outputPath = "/.egghead-output"
    /// The name of the proxy's program, beside the toolbox's own, and the port where it is in the sandbox's network.
    public static let proxyName = "egghead-proxy", proxyPort: UInt16 = 3_128
    /// How much a call may write to its `/tmp` and to `/dev/shm`, in bytes of memory.
    public static let temporaryBytesMax = 64 << 20, sharedMemoryBytesMax = 16 << 20
    /// The environment of whatever runs in there, all of it.
    public var environment: [String] {
        let proxies = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map {
            "\($0)=http://127.0.0.1:\(Self.proxyPort)"
        }
        // A program would find the first of two of one name.
        let names = variables.map { $0.prefix { $0 != "=" } }
        let own = Self.environment + (hasProxy ? proxies : [])
        return own.filter { !names.contains($0.prefix { $0 != "=" }) } + variables
    }

    private static let environment = [
        "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "HOME=/tmp", "TMPDIR=/tmp",
        "LANG=C.UTF-8", "TERM=dumb",
    ]

    /// What programs need of `/etc`: names of users and hosts, time zones, certificates, how libraries are found.
    private static let settings = [
        "/etc/alternatives", "/etc/group", "/etc/host.conf", "/etc/ld.so.cache", "/etc/localtime", "/etc/machine-id",
        "/etc/nsswitch.conf", "/etc/passwd", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    ]

    /// The arguments of bubblewrap, without its name.
    ///
    /// - Parameters:
    ///   - systemLinks: The directories of `/` that are links, such as `bin` to `usr/bin`, with their targets; the
    ///     others of `systemDirectories` are mounted.
    ///   - seccomp: The descriptor from which the filter of system calls is read.
    public func bubblewrapArguments(systemLinks: [String: String], seccomp: Int32) -> [String] {
        // Each by its name: --unshare-all goes on without a user namespace where root is refused one.
        var words = [
            "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
        ]
        words += ["--seccomp", "\(seccomp)", "--ro-bind", "/usr", "/usr"]
        for name in Self.systemDirectories {
            if let target = systemLinks[name] {
                words += ["--symlink", target, "/\(name)"]
            } else {
                words += ["--ro-bind-try", "/\(name)", "/\(name)"]
            }
        }
        for path in Self.settings { words += ["--ro-bind-try", path, path] }
        // A root outside would be the owner of the files of /proc/sys, without any capability.
        words += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
        words += ["--size", "\(Self.sharedMemoryBytesMax)", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
        words += ["--size", "\(Self.temporaryBytesMax)", "--tmpfs", "/tmp"]
        if let root { words += [isWritable ? "--bind" : "--ro-bind", root.description, root.description] }
        // What is within another one is mounted after it.
        for other in others.sorted(by: { $0.path.description.utf8.count < $1.path.description.utf8.count }) {
            words += [other.isWritable ? "--bind" : "--ro-bind", other.path.description, other.path.description]
        }
        for path in hidden { words += ["--tmpfs", path.description, "--remount-ro", path.description] }
        for path in hiddenFiles { words += ["--ro-bind", "/dev/null", path.description] }
        for (place, file) in additions.sorted(by: { $0.key < $1.key }) { words += ["--ro-bind", file, place] }
        words += ["--ro-bind", helper, Self.helperPath, "--remount-ro", "/"]
        return words + ["--chdir", directory?.description ?? "/tmp", "--", Self.helperPath]
    }

    /// The directories of `/` that programs are in on every system.
    public static let systemDirectories = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]
}

/// A directory of the machine that a sandbox has.
public struct SandboxDirectory: Hashable, Sendable {
    /// Where it is, outside and inside.
    public let path: FilePath
    /// Whether what is in there may be changed.
    public let isWritable: Bool

    /// A directory.
    public init(_ path: FilePath, isWritable: Bool) { (self.path, self.isWritable) = (path, isWritable) }
}
