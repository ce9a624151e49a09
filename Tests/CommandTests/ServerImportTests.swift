import JSON
import Services
import Testing

@testable import egghead

/// MCP servers in the files of other programs.
@Suite struct ServerImportTests {
    private static func imported(_ text: String) throws -> ServerImport {
        try ServerImport(Array(text.utf8), file: "mcp.json")
    }

    @Test(arguments: [
        #"""
        {"mcpServers": {"a b": {"command": "/bin/true", "args": ["-x", 1], "env": {"A": "${B:-c}", "D": "${env:E}"}}}}
        """#,
        #"""
        {"servers": {"a b": {"type": "stdio", "command": "/bin/true", "args": ["-x", 1],
          "env": {"A": "${B}", "D": "${E}"}}}, "inputs": []}
        """#,
        #"""
        {
          // mine
          "mcp": {"servers": {"a b": {"command": "true", /* of coreutils */ "args": ["-x", "1",],
            "env": {"A": "${B}", "D": "${E}",},},},},
        }
        """#,
    ])
    func `each form is taken over`(text: String) throws {
        let imported = try Self.imported(text)
        let (name, section) = try #require(imported.servers.first)
        #expect(name == "a-b" && section.command.first?.hasSuffix("/bin/true") == true, "\(section)")
        #expect(Array(section.command.dropFirst()) == ["-x", "1"])
        #expect(section.variables.map(\.name) == ["A", "D"])
        #expect(section.variables.map(\.value) == ["{env:B}", "{env:E}"])
        #expect(imported.problems == (text.contains(":-") ? ["a b: the default of A is not taken over"] : []))
    }

    @Test func `what is not taken over is told`() throws {
        let imported = try Self.imported(
            #"""
            {"mcpServers": {"far": {"type": "sse", "url": "https://a"}, "no": {}, "gone": {"command": "/no/such"},
             "lost": {"command": "no-such-program-anywhere"}, "key": {"command": "/bin/true", "args": ["${HOME}"],
             "env": {"TOKEN": "0123456789abcdef0123"}}, "odd": 7}}
            """#)
        #expect(imported.servers.map(\.name) == ["gone", "key"])
        let problems = imported.problems.joined(separator: "\n")
        for words in [
            "far: left out: it speaks HTTP with SSE", "no: left out: it has neither a command nor a url",
            "odd: left out: it is no object",
            "lost: left out: there is no program no-such-program-anywhere in PATH", "key: ${HOME} is written as it is",
            "key: TOKEN is in config.yml now",
        ] {
            #expect(problems.contains(words), "\(words) in \(problems)")
        }
    }

    @Test func `servers elsewhere are taken over with their headers`() throws {
        let imported = try Self.imported(
            #"""
            {"servers": {"far": {"type": "http", "url": "https://a.example/mcp",
             "headers": {"Authorization": "Bearer ${env:TOKEN}", "X-Team": "ops"}}}}
            """#)
        let section = try #require(imported.servers.first?.section)
        #expect(section.url == "https://a.example/mcp" && section.command.isEmpty && imported.problems.isEmpty)
        #expect(section.headers.map(\.name) == ["Authorization", "X-Team"])
        #expect(section.headers.map(\.value) == ["Bearer {env:TOKEN}", "ops"])
    }

    @Test(arguments: ["", "[]", "{}", "{\"mcpServers\": []}", "// nothing", "{\"servers\": 7}"])
    func `a file without servers is refused`(text: String) {
        #expect(throws: CommandFailure.self) { try Self.imported(text) }
    }

    @Test(arguments: [
        (#"{"a": "// no, /* neither */ ,}", "b": [1, 2, ], }"#, #"{"a": "// no, /* neither */ ,}", "b": [1, 2  ]  }"#),
        (#"{"a\"//": 1} // end"#, #"{"a\"//": 1}       "#), ("/* never ends", "             "), ("[1,,2]", "[1,,2]"),
        ("/", "/"), ("\"a", "\"a"),
    ])
    func `comments and last commas go, and strings stay`(text: String, plain: String) {
        #expect(String(decoding: JSONComments.removed(from: Array(text.utf8)), as: UTF8.self) == plain)
    }
}
