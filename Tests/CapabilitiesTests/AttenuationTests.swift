import Capabilities
import SeededRandom
import Services
import Testing

/// What may be granted on: whatever a grant that is contained in another one takes in, the other one does, too.
@Suite struct AttenuationTests {
    @Test(arguments: [
        ("records.read", "records.read:a/*", true), ("records.read:a/*", "records.read", false),
        ("records.read:a/*", "records.read:a/b/*", true), ("records.read:a/b/*", "records.read:a/*", false),
        ("records.read:a/*", "records.read:a/*", true), ("records.read:*", "records.read:**", true),
        ("records.read:a*c", "records.read:a*b*c", true), ("records.read:a*b*c", "records.read:a*c", false),
        ("records.read", "records.create", false), ("fs.read:/srv", "fs.read:/srv/app", true),
        ("fs.read:/srv/app", "fs.read:/srv", false), ("fs.read:/srv", "fs.read", true),
        ("fs.read", "fs.read:/srv", false),
        ("fs.read:/srv", "fs.read:/srv2", false), ("net.get:*.a.org", "net.get:x.a.org", true),
        ("net.get:*.a.org", "net.get:a.org", false), ("net.get:*.a.org", "net.get:*.b.a.org", true),
        ("net.get:*.b.a.org", "net.get:*.a.org", false), ("net.get:*", "net.get:*.a.org", true),
        ("net.get:a.org", "net.get:*", false), ("proc.exec:ls", "proc.exec:ls", true),
        ("proc.exec:*", "proc.exec:ls", false), ("proc.exec:ls", "proc.exec:*", false),
        ("proc.exec:ls", "proc.exec", true), ("proc.exec", "proc.exec:ls", false),
        ("proc.eval:/a", "proc.eval:/a/b", true), ("proc.eval:/a/b", "proc.eval:/a", false),
        ("agent.prompt:team/*", "agent.prompt:team/x", true), ("agent.prompt:team/x", "agent.prompt", false),
        ("rooms.post:dev-*", "rooms.post:dev-a*", true), ("rooms.post:dev-a*", "rooms.post:dev-*", false),
    ])
    func `a grant contains another one`(outer: String, inner: String, isContained: Bool) throws {
        let outer = try #require(Grant(outer)), inner = try #require(Grant(inner))
        #expect(outer.contains(inner) == isContained)
    }

    @Test func `commands, patterns and directories contain what is narrower`() {
        let outer = Grant(
            .execute, [.root: ["/srv"], .commands: ["git"], .patterns: ["systemctl status *", "echo ?"]])
        let inside: [[ScopeKey: [String]]] = [
            [.commands: ["git"]], [.root: ["/srv/a"], .commands: ["git"]], [.patterns: ["git log *"]],
            [.patterns: ["git log"]], [.patterns: ["systemctl status"]], [.patterns: ["systemctl status a *"]],
            [.root: ["/srv"], .patterns: ["systemctl status x"]],
        ]
        let beyond: [[ScopeKey: [String]]] = [
            [.root: ["/"], .commands: ["git"]], [.commands: ["make"]], [.patterns: ["g* log"]], [.patterns: ["* *"]],
            [.patterns: ["systemctl *"]], [.commands: ["systemctl"]], [.patterns: ["echo *"]],
            [.commands: ["git", "make"]],
        ]
        for scope in inside { #expect(outer.contains(Grant(.execute, scope)), "\(scope)") }
        for scope in beyond { #expect(!outer.contains(Grant(.execute, scope)), "\(scope)") }
        let files = Grant(.readFiles, [.root: ["/srv"], .paths: ["app/*"]])
        #expect(files.contains(Grant(.readFiles, [.root: ["/srv/app"], .paths: ["*.d/*"]])))
        // It takes in /srv/app itself, which is not below it.
        #expect(!files.contains(Grant(.readFiles, [.root: ["/srv/app"], .paths: ["*"]])))
        #expect(Grant(.readFiles, [.root: ["/srv"]]).contains(Grant(.readFiles, [.root: ["/srv/app"], .paths: ["*"]])))
        let root = Grant(.readFiles, [.root: ["/"], .paths: ["*b/*"]])
        #expect(!root.contains(Grant(.readFiles, [.root: ["/b"], .paths: ["*", "/bb*"]])))
        #expect(files.contains(Grant(.readFiles, [.root: ["/srv/app"], .paths: ["*.log"]])))
        #expect(!files.contains(Grant(.readFiles, [.root: ["/srv/app"]])))
        #expect(!files.contains(Grant(.readFiles, [.root: ["/srv"], .paths: ["*"]])))
    }

    /// Random pairs of grants and random objects: never is something taken in by the inner one alone.
    @Test func `nothing that is granted on exceeds the granter`() {
        var random = SplitMix64(state: UInt64.random(in: .min ... .max))
        let seed = random.state
        var contained = 0
        for _ in 0..<15_000 {
            let outer = Self.grant(&random), inner = Self.grant(&random, like: outer)
            guard outer.contains(inner) else { continue }
            contained += 1
            for _ in 0..<8 {
                let object = Self.object(of: inner.permission, &random)
                #expect(
                    !inner.covers(object) || outer.covers(object), "\(outer) \(inner) \(object) SEED=\(seed)")
            }
        }
        #expect(contained > 500)
    }

    private static func pick<Item>(_ items: [Item], _ random: inout SplitMix64) -> Item {
        items[random.below(items.count)]
    }

    private static func text(_ random: inout SplitMix64, stars: Bool) -> String {
        let alphabet = stars ? ["a", "b", "/", "*", "."] : ["a", "b", "/", "."]
        return (0..<(1 + random.below(4))).map { _ in pick(alphabet, &random) }.joined()
    }

    private static func values(of key: ScopeKey, _ random: inout SplitMix64) -> [String] {
        switch key {
        case .root: return ["/" + pick(["a", "a/b", "b", ""], &random)]
        case .hosts: return [pick(["a.b", "*.b", "b", "*", "*.a.b", "x.a.b"], &random)]
        case .commands: return [pick(["a", "b", "*"], &random)]
        case .patterns: return [pick(["a *", "a b", "a b *", "* b", "a* *", "*", "b"], &random)]
        case .tools: return [pick(["a", "a@1", "a@2", "*", "a*", "b", "*@1"], &random)]
        case .paths, .classes, .ids, .rooms, .servers:
            return (0...random.below(2)).map { _ in text(&random, stars: true) }
        }
    }

    private static func grant(_ random: inout SplitMix64, like other: Grant? = nil) -> Grant {
        let permission = other?.permission ?? pick(Permission.allCases, &random)
        var scope: [ScopeKey: [String]] = [:]
        for key in permission.scopeKeys where random.below(3) > 0 { scope[key] = values(of: key, &random) }
        if let other, random.below(2) == 0 { scope.merge(other.scope) { mine, _ in mine } }
        return Grant(permission, scope)
    }

    private static func object(of permission: Permission, _ random: inout SplitMix64) -> AccessRequest.Object {
        switch permission {
        case .searchRecords, .readRecords, .createRecords, .updateRecords, .deleteRecords:
            return .record(RecordID(text(&random, stars: false)), pick([nil, .durable, .inbox], &random))
        case .createAgents, .updateAgents, .deleteAgents, .grantAgents, .promptAgents:
            return .agent(AgentID(text(&random, stars: false)))
        case .readFiles, .writeFiles, .deleteFiles: return .file(FilePath("/" + text(&random, stars: false)) ?? .root)
        case .getFromHosts, .postToHosts, .putToHosts, .deleteAtHosts:
            return .host(pick(["a.b", "b", "x.b", "a.a.b", "x.a.b", "c"], &random))
        case .execute:
            let words = (0...random.below(3)).map { _ in pick(["a", "b", "ab"], &random) }
            return .command(words, in: pick([nil, FilePath("/a"), FilePath("/a/b"), FilePath("/b")], &random))
        case .evaluate: return .code(in: FilePath("/" + pick(["a", "a/b", "b", ""], &random)) ?? .root)
        case .readRooms, .postToRooms: return .room(RoomName(rawValue: pick(["a", "b", "ab"], &random)) ?? "a")
        case .callServers:
            return .serverTool(
                ServerToolName(
                    server: text(&random, stars: false), name: pick(["a", "ab", "b", "a@1", "@1"], &random),
                    digest: pick(["1", "2"], &random), requires: nil))
        }
    }
}
