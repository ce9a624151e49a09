// What each process of the node keeps. Those that are missing here are not confined: eggheadd starts everything, also
// programs of people, and `egghead` and `egghead-tui` are a person's.
extension Confinement {
    /// An agent: its connections.
    public static let agent = Confinement()

    /// The broker: its connections, those that people and clients make, and a TCP socket where `bus.listen` names one.
    public static let broker = Confinement(network: .accepting)

    /// The coordinator: its connections, and the directory with the rooms.
    public static func coordinator(rooms: String) -> Confinement {
        Confinement(files: .below(reading: [], writing: [rooms]))
    }

    /// The store: its connections, and the records.
    ///
    /// - Parameter records: The directory itself, no symbolic link to it.
    public static func store(records: String) -> Confinement {
        Confinement(calls: .unlisted, files: .below(reading: ofLibraries, writing: [records]))
    }

    /// The index: its connections, and the state directory, beside whose other files SQLite makes its own.
    ///
    /// Dispatch, which the wrapper of SQLite uses, looks in /proc whether its threads run, and ends the process where
    /// it cannot. The memory of others is not readable there, by Landlock's rule for tracing.
    public static func index(state: String) -> Confinement {
        Confinement(calls: .unlisted, files: .below(reading: ofLibraries + ["/proc"], writing: [state]))
    }

    /// The gateway: connections that it makes, and of files all that its user may read, since keys, certificates and
    /// what a name service asks for may lie anywhere. It changes its own directory alone.
    ///
    /// - Parameters:
    ///   - spending: The directory with its journal.
    ///   - startsPrograms: Whether keys are printed by programs. Those are a person's, and may need whatever a person
    ///     has.
    public static func gateway(spending: String, startsPrograms: Bool) -> Confinement {
        startsPrograms
            ? Confinement(calls: .ofPrograms, network: .connecting, files: .all)
            : Confinement(calls: .unlisted, network: .connecting, files: .below(reading: ["/"], writing: [spending]))
    }

    /// The toolbox: it makes sandboxes, of namespaces and mounts, for any directory of its user's. What no program
    /// should do it cannot do either, nor what it starts.
    public static let toolbox = Confinement(calls: .ofPrograms, network: .ofNamespace, files: .all)

    /// The process of an MCP server that is a program: it makes a sandbox as the toolbox does.
    public static let server = toolbox

    /// The process of an MCP server elsewhere: connections that it makes, and what it remembers.
    ///
    /// - Parameter memory: The directory with that.
    public static func remoteServer(memory: String) -> Confinement {
        Confinement(
            calls: .unlisted, network: .connecting,
            files: .below(reading: ofLibraries + ofNames + ofCertificates, writing: [memory]))
    }

    /// The way of a sandbox to hosts: connections that come and that it makes, and what the name service reads.
    public static let proxy = Confinement(
        calls: .unlisted, network: .relaying,
        files: .below(reading: ofLibraries + ofNames, writing: []))

    /// What the C library reads to find a host's address; the second half is where the first leads on some systems.
    ///
    /// See: nsswitch.conf(5), resolv.conf(5), gai.conf(5)
    private static let ofNames = [
        "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/services",
        "/run/NetworkManager", "/run/resolvconf", "/run/systemd/resolve", "/run/nscd", "/mnt/wsl",
    ]

    /// Where the certificates are that OpenSSL trusts.
    ///
    /// See: SSL_CTX_load_verify_locations(3), SSL_CERT_FILE
    private static let ofCertificates = ["/etc/ssl", "/etc/pki", "/etc/ca-certificates"]

    /// What runs in a sandbox, behind its walls: it changes temporary files, devices, and what its agent may change.
    /// There it makes no FIFO and no socket: whoever opens a FIFO that is left behind waits for ever.
    public static func sandbox(writing paths: [String]) -> Confinement {
        Confinement(calls: .ofPrograms, network: .ofNamespace, files: .changing(paths, unseen: ["/tmp", "/dev"]))
    }

    /// What libraries read when they are first used: their own files, time zones, random numbers.
    private static let ofLibraries = [
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom",
    ]
}
