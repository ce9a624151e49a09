import Services
import Testing

@testable import Configuration

/// The sections of MCP servers.
@Suite struct MCPServerConfigurationTests {
    private static func configuration(_ yaml: String) throws -> NodeConfiguration {
        try NodeConfiguration(yaml: yaml, path: "config.yml") { $0 != "/none" }
    }

    @Test func `a section says what a server may do`() throws {
        let configuration = try Self.configuration(
            """
            mcp_servers:
              git:
                command: [/opt/mcp/bin/git, --repository, /srv/app]
                fs: {read: [/srv/app, /srv/lib], write: /srv/tmp}
                net: [api.example.org, "*.example.net"]
                env: {A: plain text, B: "Bearer {cred:token}", C: {file: /etc/k}, D: "{env:X}{env:Y}"}
                requires: {fs.read: {in: /srv/app}}
                timeout: 5m
              bare: {command: [/bin/x], env: [HOME, LANG]}
            """)
        #expect(configuration.serverProblems.isEmpty)
        let git = try #require(configuration.servers.first)
        #expect(git.command == ["/opt/mcp/bin/git", "--repository", "/srv/app"])
        #expect(git.reads == ["/srv/app", "/srv/lib"] && git.writes == ["/srv/tmp"])
        #expect(git.hosts == ["api.example.org", "*.example.net"] && git.timeoutMilliseconds == 300_000)
        #expect(git.requires == Grant(.readFiles, [.root: ["/srv/app"]]))
        #expect(
            git.variables == [
                "A": SecretText(parts: [.text("plain text")]),
                "B": SecretText(parts: [.text("Bearer "), .secret(.credential("token"))]),
                "C": SecretText(parts: [.secret(.file("/etc/k"))]),
                "D": SecretText(parts: [.secret(.environment("X")), .secret(.environment("Y"))]),
            ])
        let bare = try #require(configuration.servers.last)
        #expect(bare.variables.keys.sorted() == ["HOME", "LANG"] && bare.timeoutMilliseconds == 60_000)
        #expect(bare.requires == nil && bare.reads.isEmpty && bare.hosts.isEmpty)
        #expect(configuration.wantsKeyFromEnvironment)
    }

    @Test(arguments: [
        ("{}", "command is missing, a program and its arguments, or url"),
        ("{command: x}", ".command: a list is wanted"), ("{command: []}", "a program and its arguments are wanted"),
        ("{command: [uvx, a]}", "a program is named by its absolute path"),
        ("{command: [/none]}", "/none is not a file that can be executed"),
        ("{command: [/x], url: 'http://a'}", "a server is a program (command) or is elsewhere (url), and not both"),
        ("{url: ftp://a}", "a URL such as https://api.example.org/mcp is wanted"),
        ("{url: 'https://a b/'}", "contains a blank"), ("{url: 'https://u:p@a/'}", "holds an account"),
        ("{url: 'https://a:0/'}", "a port that is not from 1 to 65535"), ("{url: 'https:///x'}", "names no host"),
        ("{url: 'https://a', fs: {read: /x}}", "a server at a url has no fs"),
        ("{command: [/x], headers: {A: b}}", "a program has no headers"),
        ("{command: [/x], oauth: {client_id: c}}", "a program has no oauth"),
        ("{url: 'https://a', oauth: {client_secret: s}}", "a client_secret is nothing without its client_id"),
        ("{url: 'https://a', oauth: {id: s}}", "id: unknown key"),
        ("{url: 'http://a', oauth: {client_id: c, client_secret: s}}", "a secret does not go through a network"),
        ("{url: 'https://a', headers: {A b: c}}", "A b is not the name of a header"),
        ("{url: 'https://a', headers: {Host: c}}", "Host is a header that Egghead itself writes"),
        ("{url: 'https://a', headers: {Mcp-Name: c}}", "Mcp-Name is a header that Egghead itself writes"),
        ("{url: 'http://a', headers: {A: '{cred:c}'}}", "a secret does not go through a network unencrypted"),
        ("{command: [/x], fs: {reed: /a}}", "reed: unknown key"),
        ("{command: [/x], fs: {read: a}}", "a: an absolute path is wanted"),
        ("{command: [/x], net: ['http://a/']}", "names of hosts are wanted"),
        ("{command: [/x], env: {A: '${B}'}}", "variables are written {env:NAME}"),
        ("{command: [/x], env: [A B]}", "is not the name of a variable"),
        ("{command: [/x], env: {A: {command: [/y]}}}", "{env: NAME}, {file: PATH} or {cred: NAME} is wanted"),
        ("{command: [/x], env: {A: '{file:k}'}}", "k: an absolute path is wanted"),
        ("{command: [/x], requires: fs.raed}", "has the unknown fs.raed; did you mean fs.read?"),
        ("{command: [/x], requires: fs.read}", "fs.read is for nothing, so every agent would hold it"),
        ("{command: [/x], timeout: 2h}", "1s to 1h are wanted"), ("{command: [/x], timeout: 5}", "a duration"),
    ])
    func `a section that is wrong leaves its server out, and the others are there`(
        section: String, problem: String
    ) throws {
        let configuration = try Self.configuration("mcp_servers:\n  a: \(section)\n  b: {command: [/x]}\n")
        let problems = configuration.serverProblems.map(\.description)
        #expect(
            problems.contains { $0.hasPrefix("config.yml:2: mcp_servers.a") && $0.contains(problem) }, "\(problems)")
        #expect(configuration.servers.map(\.name) == ["b"])
    }

    @Test func `a server elsewhere has a url and headers`() throws {
        let configuration = try Self.configuration(
            """
            mcp_servers:
              far: {url: "https://a.example/mcp?x=1", headers: {Authorization: "Bearer {cred:t}", X-Team: ops}}
              near: {url: "http://[::1]:8080/mcp", headers: {A: {env: B}}, timeout: 10s}
              known: {url: "https://b.example", oauth: {client_id: c, client_secret: "{cred:s}", scopes: [read, write]}}
            """)
        #expect(configuration.serverProblems.isEmpty, "\(configuration.serverProblems)")
        let far = try #require(configuration.servers.first)
        #expect(far.address?.url == "https://a.example/mcp?x=1" && far.command.isEmpty)
        #expect(far.address?.headers["Authorization"] == SecretText("Bearer {cred:t}"))
        #expect(far.secrets == [.credential("t")] && configuration.servers[1].timeoutMilliseconds == 10_000)
        let known = try #require(configuration.servers.last)
        #expect(known.address?.clientID == "c" && known.address?.scopes == ["read", "write"])
        #expect(known.secrets == [.credential("s")])
        #expect(configuration.wantsKeyFromEnvironment)
    }

    @Test func `a secret stays one while its section is wrong`() throws {
        let configuration = try Self.configuration(
            "mcp_servers:\n  a: {command: [/x], env: {A: '{file:/etc/k}'}, timeout: soon}\n")
        #expect(configuration.servers.isEmpty && configuration.secretsOfUnusableServers == [.file("/etc/k")])
    }

    @Test func `values are written so that YAML reads them back`() throws {
        var text = ConfigurationText("room: {budget: 7}\n", key: "mcp_servers")
        let command = ["/opt/a b/x", "--flag=", "{y}", "a: b", "#c", "é", "\"q\"", "no", "1", "a\nb\r\n\tc\\n"]
        let isAdded = text.add(
            "git",
            [
                ("command", .list(command)), ("fs", .mapping([.init("read", .list(["/srv/a, b"]))])),
                ("env", .mapping([.init("A", .text("{cred:x} y")), .init("NO", .text("true"))])),
            ])
        #expect(isAdded)
        let server = try #require(try Self.configuration(text.text).servers.first, "\(text.text)")
        #expect(server.command == command && server.reads == ["/srv/a, b"])
        #expect(server.variables["A"] == SecretText("{cred:x} y") && server.variables["NO"] == SecretText("true"))
    }
}
