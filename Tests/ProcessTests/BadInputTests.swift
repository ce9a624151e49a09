import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// Bad input gets one clear line, and disturbs nobody else.
@Suite(.serialized) struct BadInputTests {
    @Test func `a wrong configuration ends the start with every problem and its line`() throws {
        let node = try TestNode(model: nil, configuration: "room: {budget: many}\ncolour: red\n")
        let result = try Command(Built.directory + "/eggheadd", ["--home", node.home], scratch: node.scratch).wait(
            seconds: 30)
        #expect(result.status == 78)
        #expect(result.errors.contains("config.yml:1: room.budget: a whole number from 1 to 1000 is wanted"))
        #expect(result.errors.contains("config.yml:2: colour: unknown key"))
        #expect(try Files.list(node.home) == ["config.yml", "records"], "a wrong configuration must change nothing")
    }

    @Test func `a second eggheadd in the same home is refused and disturbs nothing`() throws {
        let node = try TestNode()
        try node.start()
        let second = try Command(Built.directory + "/eggheadd", ["--home", node.home], scratch: node.scratch).wait(
            seconds: 30)
        #expect(second.status == 1)
        #expect(second.errors.contains("another eggheadd runs in \(node.home)/run"))
        #expect(try node.egghead("chat", "still there?", "--wait").status == 0)
    }

    @Test func `broken frontmatter is plain text, found by search and reported by doctor with its line`() throws {
        let broken = "---\ntitle: [unclosed\n---\nThe aardvark sleeps at noon.\n"
        let node = try TestNode(records: ["broken.md": broken])
        try node.start()
        let found = try node.egghead("search", "aardvark", "--json")
        #expect(found.status == 0 && found.output.contains("broken"))
        let doctor = try node.egghead("doctor")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("broken.md:"), "\(doctor)")
    }

    @Test(arguments: [
        (["fake:unauthorized"], "key"), (["fake:always-429=600"], "429"), (["fake:stall"], "silent"),
        (["fake:cut"], "broke off"), (["fake:malformed"], "fake"), (["fake:mid-stream-error"], "fake"),
    ])
    func `a provider's fault becomes a notice in the room, and the room goes on`(words: [String], expected: String)
        throws
    {
        let node = try TestNode(idleTimeout: "2s")
        try node.start()
        let result = try node.egghead("chat", "tell me \(words[0])", "--wait")
        #expect(result.status == 1, "\(result)")
        let notice = try #require(try node.history().last)
        #expect(notice.type == .notice)
        #expect(notice.text.contains(expected), "\(notice.text)")
        #expect(!notice.text.contains("\n") && !notice.text.contains("test-key"))
        #expect(try node.egghead("chat", "and now fake:normal", "--wait").status == 0)
    }

    @Test(arguments: ["fake:rate-limited", "fake:error-500"])
    func `a fault that passes is not seen by anybody`(marker: String) throws {
        let node = try TestNode()
        try node.start()
        let result = try node.egghead("chat", "tell me \(marker)", "--wait")
        #expect(result.status == 0, "\(result)")
        #expect(try node.history().map(\.type) == [.message, .message])
    }

    @Test func `without a provider, and with one that cannot be reached, the room says what to do`() throws {
        for configuration in ["", "providers: {far: {url: \"http://127.0.0.1:9/v1\", model: m}}\n"] {
            let node = try TestNode(model: nil, configuration: configuration)
            try node.start()
            let result = try node.egghead("chat", "hello", "--wait")
            #expect(result.status == 1)
            let notice = try #require(try node.history().last)
            #expect(notice.type == .notice && notice.text.contains("config.yml"), "\(notice.text)")
        }
    }

    @Test func `without a daemon every command says so and exits 69`() throws {
        let node = try TestNode()
        for arguments in [["ps"], ["chat", "hello"], ["watch"], ["search", "x"], ["agents"]] {
            let result = try node.begin(arguments).wait(seconds: 30)
            #expect(result.status == 69, "\(arguments) \(result)")
            #expect(
                result.errors.split(separator: "\n").count == 1 && result.errors.contains("egghead serve"), "\(result)")
        }
        #expect(try node.egghead("frobnicate").status == 64)
    }

    @Test func `idle connections to the control socket lock nobody out`() throws {
        let node = try TestNode()
        try node.start()
        var idle: [SharedDescriptor] = []
        for _ in 0..<100 {
            idle.append(SharedDescriptor(try UnixSocket.connect(node.home + "/run/control.sock", .stream)))
        }
        #expect(try node.egghead("ps", seconds: 20).status == 0)
        #expect(idle.count == 100)
    }

    @Test func `a model server with another command takes the place of the one before after a reload`() throws {
        func configuration(_ seconds: Int) -> String {
            "providers: {own: {url: 'http://models.example/v1', model: m, command: [/bin/sleep, '\(seconds)']}}\n"
        }
        let node = try TestNode(model: nil, configuration: configuration(601))
        try node.start()
        let before = try #require(node.pid(of: "model:own"))
        try Files.replace(node.home + "/config.yml", with: Array(configuration(602).utf8))
        kill(try #require(node.daemon).pid, SIGHUP)
        #expect(waits(for: 30) { node.pid(of: "model:own").map { $0 != before } ?? false }, "\(node.children)")
        let command = try node.pid(of: "model:own").map { try Files.read("/proc/\($0)/cmdline", limit: 4_096) }
        #expect(command.map { String(decoding: $0, as: UTF8.self) } == "/bin/sleep\0602\0")
    }

    @Test func `ps works when the broker is down`() throws {
        let node = try TestNode()
        try node.start()
        #expect(try node.egghead("stop", "broker").status == 0)
        #expect(node.children.first { $0.name == "broker" }?.state == .stopped)
        #expect(try node.egghead("start", "broker").status == 0)
        try node.waitUntilReady()
        #expect(try node.egghead("chat", "back again", "--wait").status == 0)
    }
}
