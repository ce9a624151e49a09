/// The environment with which eggheadd was started. The block itself has been overwritten, so `/proc/PID/environ` shows
/// no key, and no child inherits more than it needs.
struct Environment {
    private let variables: [(name: String, value: String)]

    /// Copies the variables.
    init(taking variables: [(name: String, value: String)]) { self.variables = variables }

    /// The variables that a program needs to run, to use the operator's language and to reach the internet.
    private static let inherited = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "EGGHEAD_DEBUG",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ]

    /// The value of a variable.
    subscript(name: String) -> String? { variables.last { $0.name == name }?.value }

    /// The variables that every child inherits, as `NAME=value`.
    var forChildren: [String] {
        let kept = variables.filter { Self.inherited.contains($0.name) || $0.name.hasPrefix("LC_") }
        return kept.map { "\($0.name)=\($0.value)" } + [
            // A process with one thread gains nothing from more arenas, and each is mapped memory.
            "MALLOC_ARENA_MAX=1",
            // Swift's crash reporter takes SIGABRT for itself, and a child that hangs would survive its watchdog.
            "SWIFT_BACKTRACE=enable=no",
        ]
    }
}
