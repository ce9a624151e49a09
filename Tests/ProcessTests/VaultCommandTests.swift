import Foundation
import LinuxSystem
import Services
import Testing

/// A vault of Obsidian under a node, as it is: the records directory is a symbolic link to it.
@Suite struct VaultCommandTests {
    private static let vault = Built.repository + "/Tests/RecordsTests/Vault"

    private func node() throws -> TestNode {
        let node = try TestNode(), vault = node.home + "/vault", records = node.home + "/records"
        try FileManager.default.copyItem(atPath: Self.vault, toPath: vault)
        try FileManager.default.removeItem(atPath: records)
        try FileManager.default.createSymbolicLink(atPath: records, withDestinationPath: vault)
        try node.start()
        return node
    }

    private static let broken = [
        "Home.md:47: links to ../outside, which does not exist",
        "Home.md:47: links to No such note, which does not exist",
        "Home.md:47: links to gone.png, which does not exist",
        "Home.md:47: links to notes/gone.md, which does not exist",
    ]

    private func problems(_ node: TestNode) throws -> [String] {
        try node.egghead("check").output.split(separator: "\n").map(String.init).sorted()
    }

    @Test func `check tells what is broken alone, and nothing else is after a move`() throws {
        let node = try node()
        let isKnown = waits(for: 60) { (try? problems(node)) == Self.broken }
        let told = try problems(node)
        #expect(isKnown, "\(told)")
        let links = try node.egghead("links", "notes/Broker").output.split(separator: "\n").map(String.init)
        #expect(links.contains("notes/local.png  local.png  (in the text)"), "\(links)")
        // Read by one store, and again by the next one, which otherwise takes the index's word for what it knows.
        try node.write(record: "page.md", "<a href=\"notes/Broker.md\">the broker</a>\n")
        #expect(waits(for: 60) { (try? node.egghead("search", "the broker").output.contains("page ")) == true })
        try node.kill("store")
        let moved = try node.egghead("mv", "notes/Broker", "net/Bus")
        #expect(moved.status == 0)
        #expect(
            moved.errors == """
                egghead: page.md: contains a link in HTML to notes/Broker.md, which was not changed
                egghead: attachments/diagram.canvas: contains notes/Broker.md and was not changed

                """)
        let back = { try node.egghead("backlinks", "net/Bus").output.split(separator: "\n").count }
        #expect(waits(for: 60) { (try? back()) == 4 })
        #expect(try problems(node) == Self.broken)
        let found = waits(for: 60) { (try? node.egghead("search", "front page").output.hasPrefix("Home ")) == true }
        #expect(found, "an alias is a name")
    }

    @Test(.enabled(if: SmallDisk.canBeMade, "no user namespace can be made here"))
    func `without an instance of inotify the records are examined from time to time`() throws {
        let node = try TestNode()
        let script = "echo 0 >/proc/sys/user/max_inotify_instances && exec \"$@\""
        try node.start(wrapper: ["/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c", script, "sh"])
        let problem = try node.egghead("check").output
        #expect(problem.contains("sysctl fs.inotify.max_user_instances"), "\(problem)")
        try node.write(record: "Late.md", "# Late\n\nA lighthouse.\n")
        let found = waits(for: 60) { (try? node.egghead("search", "lighthouse").output.hasPrefix("Late ")) == true }
        #expect(found)
    }

    @Test func `a note that is too large says so when it is asked for`() throws {
        let node = try node()
        try node.write(record: "Log.md", "See [[large]].\n")
        try node.write(record: "large.md", String(repeating: "x", count: 600_000))
        #expect(waits(for: 60) { (try? node.egghead("get", "large").errors.contains("is larger than")) == true })
        for command in ["edit", "links", "rm"] {
            let result = try node.egghead(command, "large")
            #expect(result.status == 1 && result.errors.contains("is larger than"), "\(command): \(result.errors)")
        }
        #expect(waits(for: 60) { (try? problems(node).contains { $0.hasPrefix("large.md: ") }) == true })
        #expect(try !problems(node).contains { $0.contains("links to large") })
    }
}
