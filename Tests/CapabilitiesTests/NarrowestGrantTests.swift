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
            (.init(.evaluate, on: .code(in: path("/srv/x"))), "proc.eval {in: /srv/x, ask: false}"),
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
