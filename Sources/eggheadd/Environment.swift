/// The environment that eggheadd was started with. The block itself has been overwritten: nobody finds a key in
/// `/proc/PID/environ`, and no child inherits more than it needs.
struct Environment {
    private let variables: [(name: String, value: String)]

    /// Takes a copy of the variables.
    init(taking variables: [(name: String, value: String)]) { self.variables = variables }

    /// What a program needs to run at all, to speak the operator's language and to find its way to the internet.
    private static let inherited = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "EGGHEAD_DEBUG",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ]

    /// The value of a variable.
    subscript(name: String) -> String? { variables.last { $0.name == name }?.value }

    /// What every child inherits, as `NAME=value`.
    var forChildren: [String] {
        let kept = variables.filter { Self.inherited.contains($0.name) || $0.name.hasPrefix("LC_") }
        return kept.map { "\($0.name)=\($0.value)" } + [
            // A process with one thread gains nothing from more arenas, and each is mapped memory.
            "MALLOC_ARENA_MAX=1",
            // Swift's crash reporter takes SIGABRT for itself, and a child that hangs would outlive its watchdog.
            "SWIFT_BACKTRACE=enable=no",
        ]
    }
}
