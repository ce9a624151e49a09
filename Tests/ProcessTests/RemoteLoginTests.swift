import LinuxSystem
import Services
import Testing

/// Logins at MCP servers elsewhere (OAuth), with an authorization server made of the SDK's own parts.
@Suite(.serialized) struct RemoteLoginTests {
    private static let python = Built.repository + "/.build/mcp-venv/bin/python"

    private static func node(_ server: RemoteFixture, keys: String = "") throws -> TestNode {
        let node = try TestNode(
            configuration: "mcp_servers:\n  far: {url: \"\(server.url)\"\(keys)}\n",
            records: ["scout.md": "---\nclass: agent\ncapabilities: [\"mcp.call:far\"]\n---\nYou are Scout.\n"])
        try node.launch()
        return node
    }

    private func shows(_ words: String, _ node: TestNode) -> Bool {
        waits(for: 60) { (try? node.egghead("mcp", "list").output.contains(words)) ?? false }
    }

    private func said(_ node: TestNode, _ tool: String, _ arguments: String = "{}") throws -> String {
        let text = "please fake:tools\ntool: mcp__far__\(tool) \(arguments)"
        return try node.egghead("chat", "@scout " + text, "--wait", "--timeout", "90").output
    }

    /// Opens an address as a browser would, to the end.
    private func browse(_ arguments: String..., of node: TestNode) throws -> Command.Result {
        try Command("/usr/bin/curl", ["-sSL", "--max-time", "20"] + arguments, scratch: node.scratch).wait(seconds: 30)
    }

    private func logIn(_ node: TestNode) throws -> (page: String, command: Command.Result) {
        let login = try node.begin(["mcp", "login", "far"])
        func address() -> String? {
            login.output.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
                .first { $0.hasPrefix("http") }.map(String.init)
        }
        guard waits(for: 30, until: { address() != nil || login.hasEnded }), let address = address() else {
            return ("", login.wait(seconds: 10))
        }
        let page = try browse(address, of: node).output
        return (page, login.wait(seconds: 60))
    }

    @Test func `a person logs in once, and the token is renewed until that ends`() throws {
        let scratch = try Scratch()
        let server = try RemoteFixture("authorized.py", ["--scope", "read"], python: Self.python, scratch: scratch)
        let node = try Self.node(server)
        try #require(shows("wants a login", node), "\(node.children)")
        #expect(try node.egghead("mcp", "list").output.contains("egghead mcp login far"))
        #expect(!server.requests.contains("/register"), "nobody is asked before a person wants that")
        let (page, command) = try logIn(node)
        #expect(page.contains("You can close this page"), "\(page) \(command)")
        #expect(command.status == 0 && command.output.contains("far: logged in"), "\(command)")
        #expect(command.output.contains("an agent needs mcp.call:far"), "\(command)")
        #expect(try said(node, "add", #"{"a":40,"b":2}"#).contains("42"))
        let file = "\(node.home)/state/mcp/far.login.json"
        #expect(try Files.status(file).permissions == 0o600)
        // The next process has the token, and renews it when it is refused.
        let control = "http://127.0.0.1:\(server.port)/control/"
        #expect(try node.egghead("restart", "mcp:far").status == 0)
        try #require(shows("2026-07-28", node))
        _ = try browse("-X", "POST", control + "expire", of: node)
        #expect(try said(node, "add", #"{"a":3,"b":40}"#).contains("43"))
        #expect(server.requests.contains("refresh_token"), "\(server.requests)")
        // What it is not for is refused alone.
        let secret = try said(node, "secret")
        #expect(secret.contains("more scopes: read") && secret.contains("egghead mcp login far"), "\(secret)")
        #expect(try said(node, "add", #"{"a":5,"b":6}"#).contains("11"))
        #expect(try logIn(node).command.status == 0)
        let after = try said(node, "secret")
        #expect(!after.contains("(failed)"), "\(after)")
        // Without any token a person is needed again, and the call was not made.
        _ = try browse("-X", "POST", control + "revoke", of: node)
        let refused = try said(node, "add", #"{"a":1,"b":1}"#)
        #expect(refused.contains("(failed)") && refused.contains("egghead mcp login far"), "\(refused)")
        #expect(shows("wants a", node))
        let logs = try node.egghead("logs", "mcp:far").output
        #expect(!logs.contains("Bearer ") && !logs.contains("code="), "\(logs)")
    }

    @Test(arguments: [
        (["--deny"], "access was denied"), (["--issuer-mismatch"], "issuer"), (["--wrong-resource"], "resource"),
        (["--no-pkce"], "S256"), (["--html"], "500"), (["--no-registration"], "client_id"),
    ])
    func `a login that fails says why`(options: [String], words: String) throws {
        let scratch = try Scratch()
        let server = try RemoteFixture("authorized.py", options, python: Self.python, scratch: scratch)
        let node = try Self.node(server)
        try #require(shows("wants a login", node))
        let (_, command) = try logIn(node)
        #expect(command.status != 0 && command.errors.contains(words), "\(command)")
    }

    @Test func `a client that was registered by hand logs in, and nothing else can finish a login`() throws {
        let scratch = try Scratch(), key = scratch.newPath("key")
        try Files.replace(key, with: Array("s3cret-of-the-client".utf8), mode: 0o600)
        let server = try RemoteFixture(
            "authorized.py",
            ["--no-registration", "--client-secret", "s3cret-of-the-client", "--client-auth", "client_secret_basic"],
            python: Self.python, scratch: scratch)
        let node = try Self.node(server, keys: ", oauth: {client_id: egghead-test, client_secret: \"{file:\(key)}\"}")
        try #require(shows("wants a login", node))
        let login = try node.begin(["mcp", "login", "far"])
        #expect(waits(for: 30) { login.output.contains("redirect_uri=") })
        let port = login.output.contains("127.0.0.1%3A8765") ? "8765" : "0"
        let stranger = try browse("http://127.0.0.1:\(port)/callback?code=x&state=y", of: node)
        #expect(stranger.output.contains("does not belong to the login"), "\(stranger)")
        let address = login.output.split(separator: "\n").first { $0.contains("redirect_uri=") } ?? ""
        _ = try browse(String(address.trimmingPrefix { $0 == " " }), of: node)
        let result = login.wait(seconds: 60)
        #expect(result.status == 0 && result.output.contains("far: logged in"), "\(result)")
    }
}
