import LinuxSystem
import Runtime
import Services

/// The environment with which eggheadd was started. The block itself has been overwritten, so `/proc/PID/environ` shows
/// no key, and no child inherits more than it needs.
///
/// eggheadd has the values of the variables that it knows. Any other one may be a key: of those it knows whether they
/// are set, and `llm` reads them.
struct Environment {
    private let variables: [(name: String, value: String)]
    private let set: Set<String>
    /// All of it, for `llm`.
    let block: EnvironmentBlock?

    /// Takes the environment of this process; ends it, with a line, where the kernel has no memory for that.
    static func ofThisProcess() -> Environment {
        do throws(SystemCallError) {
            return Environment(try EnvironmentBlock.take { isInherited($0) || own.contains($0) })
        } catch {
            Log(identifier: "eggheadd").error("start.failed", ["error": "\(error)"])
            ExitStatus.failure.exit()
        }
    }

    private init(_ taken: (block: EnvironmentBlock, kept: [(name: String, value: String)], set: Set<String>)) {
        (block, variables, set) = taken
    }

    /// An environment of these variables.
    init(taking variables: [(name: String, value: String)]) {
        self.variables = variables
        set = Set(variables.filter { !$0.value.isEmpty }.map(\.name))
        block = nil
    }

    /// The variables that a program needs to run, to use the operator's language and to reach the internet.
    private static let inherited: Set = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "EGGHEAD_DEBUG",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ]
    /// Those that say where things are, and what systemd tells.
    private static let own: Set = [
        "EGGHEAD_HOME", "EGGHEAD_CONFIG", "EGGHEAD_SOCKET", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        "CONFIGURATION_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM",
        "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
    ]

    private static func isInherited(_ name: String) -> Bool { inherited.contains(name) || name.hasPrefix("LC_") }

    /// The value of a variable that eggheadd knows.
    subscript(name: String) -> String? { variables.last { $0.name == name }?.value }

    /// Whether a variable, which may be a key, is there and not empty.
    func isSet(_ name: String) -> Bool { set.contains(name) }

    /// The variables that every child inherits, as `NAME=value`.
    var forChildren: [String] {
        let kept = variables.filter { Self.isInherited($0.name) }
        return kept.map { "\($0.name)=\($0.value)" } + [
            // A process with one thread gains nothing from more arenas, and each is mapped memory.
            "MALLOC_ARENA_MAX=1",
            // Swift's crash reporter takes SIGABRT for itself, and a child that hangs would survive its watchdog.
            "SWIFT_BACKTRACE=enable=no",
        ]
    }
}
