import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// What is written into a record when a person says yes for good: just that, and no more.
@Suite struct NarrowestGrantTests {
    private let authority = Authority(
        capabilities: [
            Grant(.writeFiles, [.root: ["/srv"]]), Grant(.execute, [.commands: ["make", "echo"], .root: ["/srv"]]),
            Grant(.execute, [.commands: ["df"]]), Grant(.evaluate, [.root: ["/srv"]]),
            Grant(.searchRecords, [.paths: ["open/*"]]), Grant(.updateRecords),
            Grant(.getFromHosts, [.hosts: ["*.org"]]),
            Grant(.readFiles, [.root: ["/srv"], .paths: ["*.log"]]), Grant(.grantAgents), Grant(.promptAgents),
            Grant(.readRecords, [.classes: ["inbox"]]), Grant(.createRecords),
        ], asking: AskingRules(permissions: Permission.allCases))

    private static func path(_ text: String) -> FilePath { FilePath(text) ?? .root }

    @Test(
        arguments: [
            (AccessRequest(.writeFiles, on: .file(path("/srv/a/b"))), "fs.write {in: /srv, paths: a/b, ask: false}"),
            (
                .init(.execute, on: .command(["make", "test"], in: path("/srv"))),
                "proc.exec {patterns: make test, in: /srv, ask: false}"
            ),
            (.init(.execute, on: .command(["df"], in: nil)), "proc.exec {patterns: df, ask: false}"),
            (.init(.evaluate, on: .code(in: path("/srv/x"))), nil), (.init(.createRecords, on: .unnamedRecord), nil),
            (.init(.readFiles, on: .directory(path("/srv/x"))), "fs.read {in: /srv, paths: *.log, ask: false}"),
            (.init(.writeFiles, on: .directory(path("/srv/x"))), "fs.write {in: /srv/x, ask: false}"),
            (.init(.grantAgents, on: .agent("a")), nil),
            (.init(.promptAgents, on: .agent("a")), "agent.prompt {ids: a, ask: false}"),
            (
                .init(.readRecords, on: .record("open/a", nil)),
                "records.read {paths: open/a, classes: inbox, ask: false}"
            ),
            (.init(.searchRecords, on: .filteredRecords), "records.search {paths: open/*, ask: false}"),
            (.init(.updateRecords, on: .record("a/b", nil)), "records.update {paths: a/b, ask: false}"),
            (.init(.getFromHosts, on: .host("a.org")), "net.get {hosts: a.org, ask: false}"),
            // A star, a blank or nothing would be more than was said.
            (.init(.execute, on: .command(["echo", "*"], in: path("/srv"))), nil),
            (.init(.execute, on: .command(["echo", "a b"], in: path("/srv"))), nil),
            (.init(.execute, on: .command(["echo", ""], in: path("/srv"))), nil),
            (.init(.execute, on: .command(["echo", "a\u{1b}"], in: path("/srv"))), nil),
            (.init(.writeFiles, on: .file(path("/srv/*"))), nil), (.init(.writeFiles, on: .file(path("/etc/x"))), nil),
            (.init(.updateRecords, on: .record("a*", nil)), nil),
        ] as [(AccessRequest, String?)])
    func `the grant takes in what was asked for`(request: AccessRequest, written: String?) {
        let grant = Grant(narrowestFor: request, by: authority)
        #expect(grant?.description == written)
        guard let grant else { return }
        #expect(authority.asks(request))
        let after = Authority(capabilities: authority.grants + [grant], asking: authority.asking)
        #expect(!after.asks(request) && authority.grants.contain([grant]))
    }

    @Test func `a record keeps what it says, and gets what its short forms mean`() {
        let grant = Grant(.execute, [.patterns: ["make test"]], asks: false)
        let item = JSONValue.object(["proc.exec": .object(["patterns": .string("make test"), "ask": .bool(false)])])
        func list(_ texts: String...) -> JSONValue { .array(texts.map(JSONValue.string) + [item]) }
        func capabilities(_ fields: [String: JSONValue]) -> JSONValue? {
            added(fields)["capabilities"]
        }
        func added(_ fields: [String: JSONValue]) -> [String: JSONValue] {
            var list = CapabilityList(fields: fields)
            list.add([grant])
            return list.fields
        }
        let written = JSONValue.array([.string("fs.red"), .string("proc.exec:make")])
        #expect(capabilities(["capabilities": written]) == list("fs.red", "proc.exec:make"))
        #expect(capabilities(["capabilities": .array([item])]) == .array([item]))
        #expect(capabilities(["capabilities": .string("proc.exec:make")]) == list("proc.exec:make"))
        #expect(capabilities([:]) == list("records.search", "records.read", "records.create"))
        let short = ["access": JSONValue.string("write"), "sandbox": .string("/srv")]
        #expect(
            capabilities(short) == list("records.search", "records.read", "records.create", "fs.read", "fs.write"))
        #expect(added(short)["access"] == .null)
    }
}

/// For what a person is asked when grants that ask stand beside grants that do not.
@Suite struct AskingGrantTests {
    private static func path(_ text: String) -> FilePath { FilePath(text) ?? .root }

    private static func authority(_ free: Grant..., asking: Grant...) -> Authority {
        Authority(capabilities: free + asking.map { Grant($0.permission, $0.scope, asks: true) })
    }

    @Test func `what is partly known is asked for when a part may be what only asking grants take in`() {
        let logs = Grant(.readFiles, [.root: ["/srv"], .paths: ["*.log"]])
        let secrets = Grant(.readFiles, [.root: ["/srv"], .paths: ["secret*"]])
        let directory = AccessRequest(.readFiles, on: .directory(Self.path("/srv")))
        #expect(Self.authority(logs, asking: secrets).asks(directory))
        #expect(
            !Self.authority(logs, asking: Grant(.readFiles, [.root: ["/srv"], .paths: ["a*.log"]])).asks(directory))
        #expect(!Self.authority(logs, asking: Grant(.readFiles, [.root: ["/etc"]])).asks(directory))
        #expect(!Self.authority(logs, asking: secrets).asks(.init(.readFiles, on: .file(Self.path("/srv/a.log")))))
        #expect(Self.authority(logs, asking: secrets).asks(.init(.readFiles, on: .file(Self.path("/srv/secret")))))
        let durable = Grant(.readRecords, [.classes: ["durable"]]), all = Grant(.readRecords)
        #expect(Self.authority(durable, asking: all).asks(.init(.readRecords, on: .record("a", nil))))
        #expect(!Self.authority(durable, asking: all).asks(.init(.readRecords, on: .record("a", .durable))))
        let open = Grant(.searchRecords, [.paths: ["open/*"]])
        #expect(Self.authority(open, asking: Grant(.searchRecords)).asks(.init(.searchRecords, on: .filteredRecords)))
    }

    @Test func `a call uses what needs no yes, and of what was approved just that`() {
        let authority = Self.authority(
            Grant(.writeFiles, [.root: ["/srv"], .paths: ["tmp/*"]]), asking: Grant(.writeFiles, [.root: ["/srv"]]))
        func allows(_ approved: [AccessRequest], _ file: String) -> Bool {
            authority.using(approved: approved).allows(.writeFiles, on: .file(Self.path(file)))
        }
        #expect(allows([], "/srv/tmp/x") && !allows([], "/srv/conf"))
        let approved = AccessRequest(.writeFiles, on: .file(Self.path("/srv/a")))
        #expect(allows([approved], "/srv/a") && allows([approved], "/srv/tmp/x") && !allows([approved], "/srv/conf"))
        // A star in a name would be any name.
        #expect(!allows([.init(.writeFiles, on: .file(Self.path("/srv/*")))], "/srv/conf"))
    }

    @Test func `a program that can change its directory is asked about for that, too`() throws {
        let authority = Authority(
            capabilities: [Grant(.execute, [.commands: ["cp"]]), Grant(.readFiles), Grant(.writeFiles)],
            sandbox: Self.path("/srv/app"), asking: AskingRules(permissions: [.writeFiles]))
        let call = try AuthorizedCall(
            ToolCall(id: "c", name: "proc_exec", arguments: #"{"command":["cp","a","b"],"directory":"sub"}"#),
            of: "scout", authority: authority, menu: Tool.processes)
        #expect(call.requests.last == AccessRequest(.writeFiles, on: .directory(Self.path("/srv/app"))))
        #expect(call.requests.contains(where: authority.asks))
        #expect(RequestText(call).summary == "run `cp a b` in /srv/app/sub, where it can change every file")
        // A capability that a person has added for one call does not move where the others begin.
        let added = Authority(
            capabilities: authority.grants + [
                Grant(.execute, [.patterns: ["make"], .root: ["/srv/app/sub"]], asks: false)
            ],
            sandbox: Self.path("/srv/app"))
        #expect(added.directory(of: .execute) == Self.path("/srv/app"))
    }

    @Test func `capabilities are added and taken away, and what nobody understands stays`() {
        func list(_ items: JSONValue...) -> CapabilityList { CapabilityList(fields: ["capabilities": .array(items)]) }
        func left(_ list: CapabilityList) -> JSONValue? { list.fields["capabilities"] }
        let map = JSONValue.object(["proc.exec": .object(["cmds": .string("df"), "ask": .bool(false)])])
        var one = list(.string("fs.red"), .string("fs.read:/srv"), map)
        #expect(one.remove(Grant(.execute, [.commands: ["df"]])).count == 1)
        #expect(left(one) == .array([.string("fs.red"), .string("fs.read:/srv")]))
        #expect(one.remove(Grant(.execute)) == [] && one.remove(Grant(.readFiles)).count == 1)
        #expect(left(one) == .array([.string("fs.red")]))
        var both = list(
            .object(["fs.read": .object(["in": .string("/a")]), "fs.write": .object(["in": .string("/a")])]))
        #expect(both.remove(Grant(.writeFiles)).count == 1)
        #expect(left(both) == .array([.object(["fs.read": .object(["in": .string("/a")])])]))
        var unsaid = CapabilityList(fields: [:])
        #expect(unsaid.remove(Grant(.createRecords)).count == 1)
        #expect(left(unsaid) == .array([.string("records.search"), .string("records.read")]))
    }
}
