import Glibc
import LinuxSystem
import Records
import Runtime
import Services
import Testing

/// The commands by which a person keeps a notebook.
@Suite struct RecordCommandTests {
    private static let notes = [
        "ops/broker.md":
            "---\ntitle: The broker\ntags: [ops, bus]\nauthor: ann\n---\nIt carries messages. See [[index]].\n",
        "ops/index.md": "---\ntags: [ops]\nlinks: [ops/broker]\n---\n# The index\n\nSee\n[[nowhere]].\n",
    ]

    @Test func `a move that cannot be made whole changes nothing, and what it cannot change is named`() throws {
        // Few links and a long new name: what grows is the file, and not the time that the move takes.
        let many =
            String(repeating: "Text. ", count: RecordLimits.fileBytesMax / 6 - 4_000)
            + String(repeating: "[[target]] ", count: 2_000)
        let aim = "somewhere/else/" + String(repeating: "aim", count: 40)
        let node = try TestNode(records: [
            "a.md": "See [[target]].\n", "big.md": many, "target.md": "# Target\n",
            "keys.md": "---\ntags: [x]\ntags: [y]\nup: \"[[target]]\"\n---\nText.\n",
        ])
        try node.start()
        #expect(waits(for: 60) { (try? run(node, "backlinks", "target").count) == 3 })
        let refused = try node.egghead("mv", "target", aim)
        #expect(refused.status == 1 && refused.errors.contains("nothing was moved: big.md"), "\(refused)")
        #expect(try run(node, "get", "a").contains("See [[target]]."))
        #expect(try node.egghead("mv", "target", "C#").errors.contains("holds #, at which a [[link]] would end"))
        try Files.remove(node.home + "/records/big.md")
        #expect(waits(for: 60) { (try? run(node, "backlinks", "target").count) == 2 })
        let moved = try node.egghead("mv", "target", "somewhere/else/aim")
        #expect(moved.status == 0)
        #expect(moved.errors == "egghead: keys.md: the link to target was not changed\n")
        #expect(try run(node, "get", "a").contains("See [[somewhere/else/aim]]."))
    }

    @Test func `a move that fails in the middle is undone`() throws {
        let node = try TestNode(records: ["a.md": "See [[target]].\n", "target.md": "See [[a]].\n", "b/c.md": "\n"])
        try node.start()
        #expect(waits(for: 60) { (try? run(node, "backlinks", "target").count) == 1 })
        // A file where the folder of the new place would be.
        try node.write(record: "wall", "")
        let failed = try node.egghead("mv", "target", "wall/aim")
        #expect(failed.errors.contains("wall is not a folder"), "\(failed)")
        #expect(try run(node, "get", "a").contains("See [[target]]."))
        #expect(try run(node, "get", "target").contains("See [[a]]."))
        #expect(try run(node, "agents", "show", "@index").first?.isEmpty == false)
    }

    /// An editor that does what sed does.
    private func edit(_ node: TestNode, _ id: String, sed script: String) throws -> Command.Result {
        let editor = ["VISUAL": "sed -i -e '\(script)'"]
        return try Command(
            Built.directory + "/egghead", ["edit", id, "--home", node.home], environment: editor, scratch: node.scratch
        ).wait()
    }

    private func run(_ node: TestNode, _ arguments: String...) throws -> [String] {
        let result = try node.begin(arguments).wait()
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func `records are made, changed, found by what they are and removed`() throws {
        let node = try TestNode(records: Self.notes)
        try node.start()
        #expect(waits(for: 60) { (try? run(node, "search", "messages").count) == 2 })
        #expect(try run(node, "links", "ops/broker") == ["ops/index  The index  (in the text)"])
        #expect(try run(node, "backlinks", "ops/broker") == ["ops/index  The index"])
        #expect(try run(node, "links", "ops/broker", "--depth", "2").last == "  nowhere  does not exist  (in the text)")
        #expect(try run(node, "tags") == ["2  ops", "1  bus"])
        #expect(try run(node, "search", "messages", "--tag", "ops", "--author", "Ann").count == 2)
        #expect(try run(node, "search", "messages", "--tag", "bus", "--until", "1999").isEmpty)
        #expect(try run(node, "recent", "--tag", "bus").count == 1)
        #expect(try node.egghead("search", "zebra").errors == "egghead: nothing found\n")
        #expect(try node.egghead("search", "--passages", "zebra").errors == "egghead: nothing found\n")
        let read = try node.egghead("search", "messages AND zebra")
        #expect(
            read.errors == "egghead: nothing matches the expression; these records contain some of its words\n")
        #expect(read.output.hasPrefix("ops/broker  The broker\n"))
        #expect(try node.egghead("search", "CARRIES NOT MESSAGES").output.hasPrefix("ops/broker"))
        #expect(try node.egghead("search", "It carries messages").errors == "")
        let passages = try run(node, "search", "--passages", "--tag", "bus", "what carries messages?")
        #expect(passages == ["ops/broker", "    It carries messages. See [[index]]."])

        #expect(try run(node, "new", "A new note", "--tag", "ops", "--class", "inbox") == ["a-new-note"])
        #expect(try run(node, "tags") == ["3  ops", "1  bus"])
        #expect(try edit(node, "ops/broker", sed: "s/messages/parcels/").status == 0)
        let file = String(
            decoding: try Files.read(node.home + "/records/ops/broker.md", limit: 4_096), as: UTF8.self)
        #expect(file == Self.notes["ops/broker.md"]?.replacing("messages", with: "parcels"))
        #expect(waits(for: 60) { (try? run(node, "search", "parcels").count) == 2 })
        #expect(try edit(node, "ops/broker", sed: "").errors == "egghead: ops/broker is unchanged\n")
        #expect(try run(node, "mv", "ops/broker", "net/bus").isEmpty)
        let linking = try String(
            decoding: Files.read(node.home + "/records/ops/index.md", limit: 4_096), as: UTF8.self)
        #expect(linking.hasPrefix("---\ntags: [ops]\nlinks: [net/bus]\n---\n"))
        #expect(try node.egghead("get", "ops/broker").status == 1)
        #expect(waits(for: 60) { (try? run(node, "backlinks", "net/bus")) == ["ops/index  The index"] })
        #expect(try node.egghead("mv", "net/bus", "a-new-note").status == 1)
        #expect(try node.egghead("mv", "net/bus", "../outside").status == 64)
        #expect(try run(node, "rm", "a-new-note").isEmpty)
        #expect(try node.egghead("get", "a-new-note").status == 1)
        #expect(try Files.list(node.home + "/records/.trash").count == 1)
    }

    @Test func `notes in org-mode are notes like any other`() throws {
        let node = try TestNode(records: [
            "ops/broker.org": "#+title: The broker\n#+filetags: :bus:\n\n* Limits\nIt carries messages.\n",
            "index.md": "See [[broker]].\n", "ops/disks.org": "Near [[file:broker.org::*Limits][the broker]].\n",
        ])
        try node.start()
        #expect(waits(for: 60) { (try? run(node, "backlinks", "ops/broker").count) == 2 })
        #expect(try run(node, "search", "--passages", "carries messages")[0] == "ops/broker › Limits")
        #expect(try run(node, "mv", "ops/broker", "net/bus").isEmpty)
        let records = node.home + "/records/"
        #expect(
            try String(decoding: Files.read(records + "net/bus.org", limit: 4_096), as: UTF8.self).hasSuffix("s.\n"))
        let disks = String(decoding: try Files.read(records + "ops/disks.org", limit: 4_096), as: UTF8.self)
        #expect(disks == "Near [[file:../net/bus.org::*Limits][the broker]].\n")
        #expect(try run(node, "new", "In org", "--id", "new", "--format", "org", "--tag", "bus") == ["new"])
        let new = String(decoding: try Files.read(records + "new.org", limit: 4_096), as: UTF8.self)
        #expect(new == ":PROPERTIES:\n:TITLE: In org\n:TAGS: bus\n:END:\n")
        #expect(try run(node, "tags") == ["2  bus"])
        #expect(try node.egghead("new", "Twin", "--id", "new").status == 1)
    }

    @Test func `what is wrong is told with file and line`() throws {
        let broken = ["bad.md": "---\ntitle: [\n---\nx\n", "twin.md": "---\nid: ops/index\n---\nx\n"]
        let node = try TestNode(records: Self.notes.merging(broken) { $1 })
        try node.start()
        #expect(
            waits(for: 60) {
                (try? node.egghead("check").output.contains("links to nowhere, which does not exist")) == true
            })
        let result = try node.egghead("check")
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 1)
        #expect(lines.contains("ops/index.md:8: links to nowhere, which does not exist"), "\(result.output)")
        #expect(lines.contains { $0.hasPrefix("bad.md:") && $0.contains("frontmatter") }, "\(result.output)")
        #expect(lines.contains { $0.contains("twin.md") && $0.contains("ops/index.md") }, "\(result.output)")
    }

    @Test func `an answer that does not speak of a rebuild is whole`() throws {
        let count = 1_500
        let notes = (0..<count).map { ("folder\($0 % 9)/note\($0).md", "---\ntags: [many]\n---\nNote \($0).\n") }
        let node = try TestNode(records: Dictionary(uniqueKeysWithValues: notes))
        try node.start()
        let person = try Person(node)
        func isWhole() throws -> Bool {
            let reply = try person.ask(Store.Tags.self, .init())
            if !reply.rebuilding { #expect(reply.tags == [.init(tag: "many", count: count)]) }
            return !reply.rebuilding
        }
        #expect(try waits(for: 120) { try isWhole() })
        for file in try Files.list(node.home + "/state") where file.hasPrefix("index.sqlite") {
            try Files.remove(node.home + "/state/" + file)
        }
        try node.kill("index")
        #expect(try waits(for: 120) { try isWhole() })
        let index = try #require(node.children.first { $0.name == "index" })
        #expect(index.status == "\(count) records")
    }

    @Test func `an edit of what has changed meanwhile is refused, and the text kept`() throws {
        let node = try TestNode(records: Self.notes)
        try node.start()
        #expect(waits(for: 60) { (try? run(node, "search", "messages").count) == 2 })
        let path = node.home + "/records/ops/broker.md"
        let result = try Command(
            Built.directory + "/egghead", ["edit", "ops/broker", "--home", node.home],
            environment: ["EDITOR": "sh -c 'echo meanwhile >> \(path); echo mine >> $0'"], scratch: node.scratch
        ).wait()
        #expect(result.status == 1 && result.errors.contains("has changed since"), "\(result.errors)")
        let kept = try #require(result.errors.split(separator: " ").last.map { String($0).trimmedNewline })
        #expect(try String(decoding: Files.read(kept, limit: 4_096), as: UTF8.self).hasSuffix("mine\n"))
        #expect(try String(decoding: Files.read(path, limit: 4_096), as: UTF8.self).hasSuffix("meanwhile\n"))
        unlink(kept)
        rmdir(Files.split(kept).directory)
        #expect(try node.egghead("edit", "no/such").status == 1)
    }
}

extension String {
    fileprivate var trimmedNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
