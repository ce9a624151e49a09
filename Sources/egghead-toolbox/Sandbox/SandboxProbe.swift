import Services

/// What was tried in a sandbox to see what is in force there, and what came of it.
struct SandboxProbe: Hashable {
    /// What is tried, each in words that follow "not refused:", and as a command of sh that fails when it is refused.
    private static let attempts: KeyValuePairs<String, String> = [
        "writing to /usr": ": >/usr/egghead-probe", "reading the machine's passwords": "cat /etc/shadow",
        "writing the kernel's settings": ": >/proc/sys/vm/swappiness",
        "seeing other processes": #"test "$(ls -d /proc/[0-9]* | wc -l)" -gt 8"#,
        // Some kernels make devices of tunnels in every network, which lead nowhere.
        "a network": "tail -n +2 /proc/net/route | grep . || grep -v ' lo$' /proc/net/ipv6_route",
        "another sandbox": "unshare --user true", "mounting": "mount -t tmpfs none /tmp",
        "a disk": "find /dev -type b | grep .",
        "capabilities": "grep 'CapEff:.*[1-9a-f]' /proc/self/status",
        "new privileges": "grep 'NoNewPrivs:.*0' /proc/self/status",
        "all system calls": "grep 'Seccomp:.*0' /proc/self/status", "setting the clock": "date --set @$(date +%s)",
        "the sockets of services": "find /run /var -type s | grep .",
    ]

    /// The program that tries.
    static let program = ["sh", "-c", script]

    private static let script =
        """
        for program in cat date find grep ls mount tail unshare wc; do
            command -v $program >/dev/null || { echo "missing $program"; exit; }
        done

        """
        + attempts.enumerated().map { number, attempt in
            "if (\(attempt.value)) >/dev/null 2>&1; then echo possible \(number); else echo refused \(number); fi"
        }.joined(separator: "\n")

    /// What was not refused.
    let possible: [String]
    private let refusedCount: Int
    /// The program for want of which nothing was tried.
    private let missing: String?

    /// Reads what the program has printed; what it has not told of counts as possible.
    init(_ output: String) {
        let lines = Set(output.split(separator: "\n"))
        missing = lines.first { $0.hasPrefix("missing ") }.map { String($0.dropFirst("missing ".count)) }
        if missing != nil {
            (possible, refusedCount) = ([], 0)
            return
        }
        let isRefused = Self.attempts.indices.map { lines.contains("refused \($0)") }
        refusedCount = isRefused.count { $0 }
        possible = zip(Self.attempts, isRefused).compactMap { attempt, isRefused in isRefused ? nil : attempt.key }
    }

    /// What is in force, for people.
    ///
    /// - Parameter hasCgroups: Whether each call has a cgroup.
    func line(hasCgroups: Bool) -> String {
        if let missing { return "sandboxes of tools: nothing was tried, since this machine has no program \(missing)" }
        let limits = hasCgroups ? "each call in a cgroup of its own" : "limits of resources in place of cgroups"
        return "sandboxes of tools: \(refusedCount) of \(Self.attempts.count) attempts refused, \(limits)"
    }

    /// What should be refused and is not.
    var finding: ToolFinding? {
        if possible.isEmpty { return nil }
        return ToolFinding(
            "not refused in sandboxes of tools: \(possible.joined(separator: ", "))",
            fix: "install your system's bubblewrap, on a kernel with seccomp; grant no fs and no proc until then")
    }
}

/// Why a machine refuses user namespaces, without which there is no sandbox, and what lets them be made.
///
/// See: user_namespaces(7), apparmor.d(5), sysctl(8)
enum NamespaceAdvice {
    /// What to do.
    ///
    /// - Parameter setting: The value of a setting of the kernel, by its path below `/proc/sys`; nil where there is
    ///   none.
    static func text(_ setting: (String) -> String?) -> String {
        if setting("user/max_user_namespaces") == "0" {
            return "this machine allows no user namespaces: sysctl user.max_user_namespaces=15000"
        }
        if setting("kernel/unprivileged_userns_clone") == "0" {
            return "this kernel keeps user namespaces for root: sysctl kernel.unprivileged_userns_clone=1"
        }
        if setting("kernel/apparmor_restrict_unprivileged_userns") == "1" {
            return "AppArmor keeps user namespaces from programs without a profile: install that of bubblewrap, "
                + "share/egghead/apparmor/bwrap, as docs/tools.md says"
        }
        return "no setting of the kernel refuses user namespaces, so the container or the service does that the node "
            + "runs in: docs/tools.md says what to allow"
    }
}
