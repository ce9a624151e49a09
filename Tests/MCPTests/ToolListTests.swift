import FoundationEssentials
import JSON
import Services
import Testing

@testable import MCP

/// Tools, from a server's list to the menu.
@Suite struct `Tools of a server` {
    private static func listed(_ tools: [JSONValue], server: String = "s") -> (tools: [MCPTool], problems: [String]) {
        var listing = ToolListing(hasHeaders: false)
        _ = try? listing.read(.object(["tools": .array(tools)]))
        let tools = listing.finish(server: server)
        return (tools, listing.problems)
    }

    private static func tool(_ name: String, _ members: [String: JSONValue] = [:]) -> JSONValue {
        let plain: [String: JSONValue] = ["name": .string(name), "inputSchema": .object(["type": .string("object")])]
        return .object(plain.merging(members) { $1 })
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber || $0 == 0x5f
                    || $0 == 0x2d
            }
            && name.hasPrefix("mcp__")
    }

    @Test func `names fit every vendor, differ, and do not depend on what else there is`() {
        let names = [
            "echo", "read_file", "admin.tools.list", "admin_tools_list", "admin/tools/list", "ä", "日本語", "a b",
            String(repeating: "x", count: 128), String(repeating: "x", count: 127) + "y", "_x", "-", "A", "a",
            "call_agent", "mcp__s__echo",
        ]
        let all = Self.listed(names.map { Self.tool($0) }).tools
        #expect(all.count == names.count)
        #expect(Set(all.map(\.menuName)).count == names.count)
        #expect(all.allSatisfy { Self.isName($0.menuName) })
        #expect(all.first { $0.name == "echo" }?.menuName == "mcp__s__echo")
        #expect(Self.listed(names.reversed().map { Self.tool($0) }).tools == all)
        for name in names {
            let alone = Self.listed([Self.tool(name)]).tools.first
            #expect(alone?.menuName == all.first { $0.name == name }?.menuName)
        }
        #expect(all.map(\.menuName) == all.map(\.menuName).sorted())
    }

    @Test func `no server has the name of another one's tool`() {
        let pairs = [
            ("a", "b__c"), ("a__b", "c"), ("a_", "_b"), ("a", "__b"), ("a__", "b"), ("a-b", "c"), ("a.b", "c"),
        ]
        let names = pairs.compactMap { Self.listed([Self.tool($1)], server: $0).tools.first?.menuName }
        #expect(Set(names).count == pairs.count)
        #expect(names.allSatisfy(Self.isName))
    }

    @Test func `a tool that takes another one's marked name is told apart`() throws {
        let marked = MenuName.marked(server: "s", tool: "a.b", attempt: 0)
        let thief = String(marked.dropFirst("mcp__s__".count))
        let tools = Self.listed([Self.tool("a.b"), Self.tool(thief)]).tools
        #expect(tools.first { $0.name == thief }?.menuName == marked)
        #expect(tools.first { $0.name == "a.b" }?.menuName == MenuName.marked(server: "s", tool: "a.b", attempt: 1))
    }

    @Test(arguments: [
        (JSONValue.object([:]), "has no name"), (.null, "has no name"), (tool(""), "has no name"),
        (.object(["name": .integer(1)]), "has no name"),
        (.object(["name": .string("x")]), "no schema of type `object`"),
        (tool("a\nb"), "not seen"), (tool("a\u{1b}[2J"), "not seen"), (tool("a\u{202e}b"), "not seen"),
        (tool(String(repeating: "x", count: 600)), "name is too long"),
        (tool("x", ["inputSchema": .null]), "no schema"), (tool("x", ["inputSchema": .array([])]), "no schema"),
        (tool("x", ["inputSchema": .object(["type": .string("array")])]), "no schema"),
        (
            tool("x", ["inputSchema": .object(["type": .string("object"), "$ref": .string("http://h/s")])]),
            "another document"
        ),
        (
            tool(
                "x",
                [
                    "inputSchema": .object([
                        "type": .string("object"), "d": .string(String(repeating: "x", count: 40_000)),
                    ])
                ]),
            "too long"
        ),
    ])
    func `what is no tool is left out with its reason`(item: JSONValue, reason: String) {
        let (tools, problems) = Self.listed([item, Self.tool("good")])
        #expect(tools.map(\.name) == ["good"])
        #expect(problems.count == 1)
        #expect(problems.first?.contains(reason) == true, "\(problems)")
        #expect(problems.first?.contains("\n") == false)
    }

    @Test func `a schema that nests deep is left out`() {
        var schema = JSONValue.object(["type": .string("object")])
        for _ in 0..<60 { schema = .object(["type": .string("object"), "properties": .object(["a": schema])]) }
        #expect(Self.listed([Self.tool("x", ["inputSchema": schema])]).problems.first?.contains("too deep") == true)
    }

    @Test func `of two tools with one name the first is offered`() {
        let (tools, problems) = Self.listed([Self.tool("x"), Self.tool("x", ["description": .string("other")])])
        #expect(tools.map(\.definition.description) == ["x"])
        #expect(problems == ["The tool `x` is left out: another one has the same name."])
    }

    @Test func `a list without end has one`() {
        let (tools, problems) = Self.listed((0..<10_000).map { Self.tool("t\($0)") })
        #expect(tools.count == MCPLimits.toolsMax)
        #expect(problems == ["The server has too many tools: 9488 tools of it left out."])
        let long = JSONValue.string(String(repeating: "x", count: 4_000))
        let many = Self.listed((0..<500).map { Self.tool("t\($0)", ["description": long]) })
        #expect(many.tools.count < 300)
    }

    @Test func `cursors that lead back, and too many pages, end a list`() throws {
        var listing = ToolListing(hasHeaders: false)
        let page = JSONValue.object(["tools": .array([]), "nextCursor": .string("c")])
        #expect(try listing.read(page) == "c")
        #expect(try listing.read(page) == nil)
        #expect(listing.problems.count == 1)
        var endless = ToolListing(hasHeaders: false), pages = 0
        while let _ = try endless.read(.object(["tools": .array([]), "nextCursor": .string("\(pages)")])) { pages += 1 }
        #expect(pages == MCPLimits.pagesMax - 1)
    }

    @Test func `what is hidden from people is hidden from models`() {
        let description = "Adds.\u{e0041}\u{e0042}\u{200b}\u{1b}[31m\nTwo lines"
        let tools = Self.listed([Self.tool("x", ["description": .string(description)])]).tools
        #expect(tools.first?.definition.description == "Adds.[31m\nTwo lines")
        let long = Self.listed([Self.tool("x", ["description": .string(String(repeating: "ä", count: 9_000))])]).tools
        #expect((long.first?.definition.description.utf8.count ?? 0) <= MCPLimits.descriptionBytesMax + 3)
    }

    @Test func `a digest changes with the name, the description and the schema, and with nothing else`() throws {
        let plain = try #require(Self.listed([Self.tool("x")]).tools.first)
        let schema = JSONValue.object(["type": .string("object"), "additionalProperties": .bool(false)])
        let hidden = String(repeating: "d", count: 5_000)
        let others = [
            Self.tool("y"), Self.tool("x", ["description": .string("d")]), Self.tool("x", ["inputSchema": schema]),
            Self.tool("x", ["description": .string(hidden + "a")]),
            Self.tool("x", ["description": .string(hidden + "b")]),
        ].compactMap { Self.listed([$0]).tools.first?.digest }
        #expect(Set(others + [plain.digest]).count == 6)
        let annotated = Self.tool(
            "x", ["annotations": .object(["readOnlyHint": .bool(true), "destructiveHint": .string("x")])])
        let same = try #require(Self.listed([annotated]).tools.first)
        #expect(same.digest == plain.digest)
        #expect(same.annotations.readOnlyHint == true)
        #expect(same.annotations.destructiveHint == nil)
        #expect(same.definition.readsOnly == nil)
        #expect(try JSON.decode(MCPTool.self, from: JSON.encode(same)) == same)
    }

    /// See: FIPS 180-4, examples
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
    ])
    func `the checksum is SHA-256`(text: String, digest: String) {
        #expect(SHA256.hexadecimal(Array(text.utf8)) == digest)
    }
}
