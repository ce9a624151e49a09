import Supervision
import Testing

@testable import eggheadd

@Suite struct ChildEnvironmentTests {
    /// What eggheadd has to say whatever it was started with.
    private static let always = ["MALLOC_ARENA_MAX=1", "SWIFT_BACKTRACE=enable=no"]

    private static let passedOn = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_TIME", "TZ", "TMPDIR",
        "EGGHEAD_DEBUG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    @Test func `a child inherits what every program needs`() {
        let environment = Environment(taking: Self.passedOn.map { ($0, "value of \($0)") })
        #expect(environment.forChildren == Self.passedOn.map { "\($0)=value of \($0)" } + Self.always)
    }

    @Test(arguments: [
        "OPENAI_API_KEY", "FAR_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "EGGHEAD_HOME",
        "EGGHEAD_CONFIG", "EGGHEAD_CHANNEL", "EGGHEAD_JOURNAL", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",
        "WATCHDOG_USEC", "INVOCATION_ID", "JOURNAL_STREAM", "LD_PRELOAD", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "LC",
        "XLC_ALL", "PATHS", "path", "",
    ])
    func `no child inherits anything else`(name: String) {
        let environment = Environment(taking: [(name, "secret"), ("PATH", "/bin")])
        #expect(environment.forChildren == ["PATH=/bin"] + Self.always)
        #expect(environment.isSet(name), "eggheadd knows that it is there")
    }

    private func complete(
        _ inherited: [(String, String)], tree: [EnvironmentVariable] = [], own: [String] = [], user: [String] = [],
        watchdog: Duration? = nil
    ) -> [String] {
        let spec = WorkerSpec(command: ["x"], environment: tree, watchdog: watchdog)
        return ChildEnvironment(Environment(taking: inherited)).complete(spec, own, ofUser: user)
            .filter { !Self.always.contains($0) }
    }

    @Test func `every name stands once, and eggheadd wins over the tree file, and that over the rest`() {
        let inherited = [("HOME", "/root"), ("LANG", "C"), ("TZ", "UTC")]
        #expect(
            complete(inherited, tree: [EnvironmentVariable("LANG", "de"), EnvironmentVariable("X", "=1")])
                == ["HOME=/root", "TZ=UTC", "LANG=de", "X==1"])
        #expect(complete(inherited, own: ["TZ=own"]) == ["HOME=/root", "LANG=C", "TZ=own"])
        #expect(
            complete(inherited, tree: [EnvironmentVariable("TZ", "tree")], own: ["TZ=own"])
                == ["HOME=/root", "LANG=C", "TZ=own"])
        #expect(
            complete(inherited, user: ["HOME=/home/a", "USER=a"]) == ["LANG=C", "TZ=UTC", "HOME=/home/a", "USER=a"])
        #expect(
            complete(inherited, tree: [EnvironmentVariable("HOME", "/tree")], user: ["HOME=/home/a"])
                == ["LANG=C", "TZ=UTC", "HOME=/tree"])
    }

    @Test func `a watchdog is told in microseconds`() {
        #expect(complete([], watchdog: .milliseconds(1_500)) == ["WATCHDOG_USEC=1500000"])
        #expect(
            complete([], tree: [EnvironmentVariable("WATCHDOG_USEC", "1")], watchdog: .seconds(1))
                == ["WATCHDOG_USEC=1000000"])
    }

    @Test func `every life has an invocation of its own, 32 hexadecimal digits`() {
        let environment = ChildEnvironment(Environment(taking: []))
        let invocations = (0..<300).map(environment.invocation)
        #expect(Set(invocations).count == 300)
        #expect(invocations.allSatisfy { $0.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
        #expect(invocations[255].hasSuffix("00000000000000ff"))
    }

    @Test(arguments: [(nil, ["/usr/bin", "/bin"]), ("/a:/b", ["/a", "/b"]), ("/a::/b:", ["/a", "/b"])])
    func `programs are looked for in PATH, or where they usually are`(path: String?, directories: [String]) {
        #expect(ChildEnvironment(Environment(taking: path.map { [("PATH", $0)] } ?? [])).path == directories)
    }

    @Test func `of a name that stands twice the last one counts`() {
        #expect(Environment(taking: [("A", "1"), ("A", "2")])["A"] == "2")
        #expect(Environment(taking: [])["A"] == nil)
    }
}
