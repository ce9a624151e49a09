import Foundation
import Services
import Testing

@testable import Records
@testable import egghead_records

/// A vault of Obsidian with every kind of link, in `Vault/`: each note is read as Obsidian reads it.
@Suite struct VaultTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Vault"

    private static let paths = (FileManager.default.subpaths(atPath: root) ?? []).filter {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)")), as: UTF8.self)
    }

    private static func records() throws -> [Record] {
        try paths.filter { RecordID.id(ofPath: $0) != nil }.map { Record(path: $0, text: try text($0)) }
    }

    private static func catalogue() throws -> Catalogue {
        var catalogue = Catalogue()
        for path in paths where RecordID.id(ofPath: path) == nil { catalogue.put(attachment: path) }
        for record in try records() { catalogue.put(record, stamp: .old) }
        return catalogue
    }

    private func withIndex(_ body: (IndexDatabase) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/vault-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let index = try IndexDatabase(directory: directory)
        let put = try Self.records().map { Index.IndexedRecord($0, stamp: .old) }
        try index.apply(.init(put: put, remove: [], remaining: 0))
        try body(index)
    }

    @Test func `only what is broken is told, and no link in code or a comment`() throws {
        try withIndex { (index) throws in
            let catalogue = try Self.catalogue(), links = try index.unresolvedLinks().links
            let names = links.map { (name: LinkName($0.target, $0.style), file: $0.path) }
            let table = catalogue.linkTable(for: names, withRecords: false)
            let broken = names.filter { table.path(of: $0.name, from: $0.file) == nil }.map(\.name.target)
            #expect(broken == ["../outside", "No such note", "gone.png", "notes/gone.md"])
            #expect(names.count == broken.count + 9, "links to pictures and to a canvas: \(names)")
        }
    }

    @Test func `links, backlinks, names, tags and titles are those of Obsidian`() throws {
        try withIndex { (index) throws in
            let links = try index.links(of: "Home", depth: nil).filter { $0.title != nil }
            #expect(links.map(\.id) == ["README", "notes/Broker", "notes/Log", "notes/sub/Deep note"])
            let far = try index.links(of: "archive/old/Broker", depth: nil).map(\.id)
            #expect(far == ["notes/Broker"], "what is named by a whole path, and itself by its name")
            let back = try index.backlinks(of: "notes/Broker", depth: nil).map(\.id)
            #expect(back == ["Home", "archive/old/Broker", "notes/Log", "notes/sub/Deep note"])
            #expect(try index.backlinks(of: "archive/old/Broker", depth: nil).map(\.id) == ["README"])
            #expect(try index.backlinks(of: "Home", depth: nil).map(\.id) == ["notes/Broker", "notes/Log"])
            #expect(try index.search(.init(query: "\"front page\"")).map(\.record.id) == ["Home"], "an alias is a name")
            #expect(try index.tags(.init()).map(\.tag) == ["area/net-work", "everything", "ops"])
        }
        let home = Record(path: "Home.md", text: try Self.text("Home.md"))
        #expect(home.title == "Home of #everything and #area/net-work, not of #1984, a#b or `#code`")
        #expect(home.aliases == ["Start", "Front page"])
        #expect(try Self.records().first?.id == "Home" && Self.records().map(\.id).contains("README"))
    }

    /// The text of each file after a move, where it has changed.
    private func moved(_ old: String, to new: String) throws -> [String: String] {
        let catalogue = try Self.catalogue(), records = try Self.records()
        let links = records.flatMap { record in record.linkNames.map { (name: $0, file: record.path) } }
        let move = RecordMove(
            of: old, to: new, path: old, newPath: new, table: catalogue.linkTable(for: links, moving: [old, new]))
        var changed: [String: String] = [:]
        for record in records {
            let text = try Self.text(record.path), parts = RecordFormat.parts(of: text, at: record.path)
            let result = parts.retargetingLinks(move.seen(from: record.path))
            #expect(result.left == [])
            if result.text.text != text { changed[record.path] = result.text.text }
        }
        return changed
    }

    @Test func `a note that moves takes along every link to it, and its own to their targets`() throws {
        let changed = try moved("notes/Broker.md", to: "net/Bus.md")
        #expect(
            changed.keys.sorted() == [
                "Home.md", "archive/old/Broker.md", "notes/Broker.md", "notes/Log.md",
                "notes/sub/Deep note.md",
            ])
        let home = try Self.text("Home.md").replacing("up: \"[[Broker]]\"", with: "up: \"[[net/Bus]]\"")
            .replacing("[[broker]]", with: "[[net/Bus]]").replacing("[[Notes/Broker#", with: "[[net/Bus#")
            .replacing("[[/notes/Broker]]", with: "[[/net/Bus]]").replacing("[[Broker\\|the", with: "[[net/Bus\\|the")
        #expect(changed["Home.md"] == home)
        #expect(changed["archive/old/Broker.md"] == "[[Broker]] and [[net/Bus]]\n")
        #expect(changed["notes/Log.md"]?.hasPrefix("[the broker](../net/Bus.md) [home]") == true)
        #expect(changed["notes/sub/Deep note.md"] == "[[net/Bus]] [[../Log]] [up](../../net/Bus.md)\n")
        let own = try Self.text("notes/Broker.md").replacing("](local.png)", with: "](../notes/local.png)")
            .replacing("](Log.md)", with: "](../notes/Log.md)")
        #expect(changed["notes/Broker.md"] == own)
    }

    @Test func `a link that still leads to the note stays, and one that would lead to another does not`() throws {
        let changed = try moved("notes/sub/Deep note.md", to: "notes/Deep note.md")
        let home = try Self.text("Home.md").replacing("[[notes/sub/deep note|", with: "[[notes/Deep note|")
            .replacing("[[sub/Deep note#", with: "[[notes/Deep note#")
            .replacing("(notes/sub/Deep%20note.md)", with: "(notes/Deep%20note.md)")
        #expect(changed["Home.md"] == home)
        #expect(changed["notes/sub/Deep note.md"] == "[[Broker]] [[Log]] [up](Broker.md)\n")
        let up = try moved("archive/old/Broker.md", to: "Broker.md")
        #expect(up["notes/Log.md"] == nil, "a path beside its file still leads there")
        #expect(up["Home.md"]?.contains("[[notes/Broker]], [[Notes/Broker#Limits") == true)
        #expect(up["archive/old/Broker.md"] == nil)
        #expect(up["README.MD"] == "# Read me\n[[Broker]]\n")
    }

    @Test(arguments: [
        (
            "<img src=\"../p%20q.png\" alt='x'> <a href='b.md#c'>b</a>", ["../p%20q.png", "b.md#c"],
            ["p q.png", "n/b.md"]
        ),
        ("<IMG\nSRC = b.png> <a id=x href=b>", ["b.png", "b"], ["n/b.png", "n/b"]),
        (
            "<a href=\"https://example.org\">c</a> src='b.md' a < src='b.md' <a data-src='b.md' title='src=b.md'>", [],
            []
        ),
        ("src= <a href=\"x", [], []), ("<b x=\" <a href='b.md'>", ["b.md"], ["n/b.md"]),
    ])
    func `references in HTML are found, so that a move can name them`(text: String, values: [String], paths: [String]) {
        let found = ForeignReferences.inHTML(of: text, at: "n/a.md")
        #expect(found.map(\.value) == values)
        #expect(found.map(\.path) == paths)
        #expect(ForeignReferences.holdsPaths("a/b.canvas") && !ForeignReferences.holdsPaths("a/b.png"))
    }

    @Test func `the records whose HTML leads to a file are known as long as it does`() {
        func record(_ text: String, at path: String = "n/a.md") -> Record { Record(path: path, text: text) }
        let linked = record("<a href='../b.md'>b</a> <img src='c.png'>")
        var catalogue = Catalogue()
        catalogue.put(linked, stamp: .old)
        catalogue.put(record("<a href=\"b\">b</a>", at: "z.md"), stamp: .old)
        #expect(catalogue.filesWithHTML(to: "b.md") == ["n/a.md", "z.md"])
        #expect(catalogue.filesWithHTML(to: "n/c.png") == ["n/a.md"])
        #expect(catalogue.filesWithHTML(to: "a.md") == [])
        // The index does not hold these paths, so the next store has to read the file.
        #expect(Catalogue.Entry(linked, stamp: .old).wantsReading)
        #expect(!Catalogue.Entry(record("[b](../b.md) 1 < 2"), stamp: .old).wantsReading)
        catalogue.put(record("[b](../b.md)"), stamp: .old)
        catalogue.remove("z.md")
        #expect(catalogue.filesWithHTML(to: "b.md") == [])
    }

    @Test(arguments: [("cafe\u{301}", "caf\u{e9}"), ("caf\u{e9}", "cafe\u{301}"), ("CAF\u{c9}", "cafe\u{301}")])
    func `a link finds its note in the other composition of the letters`(written: String, path: String) throws {
        let notes = [
            Record(path: "n/\(path).md", text: "x"), Record(path: "a.md", text: "[[\(written)]] [x](n/\(written).md)"),
        ]
        let directory = FileManager.default.temporaryDirectory.path + "/vault-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let index = try IndexDatabase(directory: directory)
        try index.apply(.init(put: notes.map { Index.IndexedRecord($0, stamp: .old) }, remove: [], remaining: 0))
        #expect(try index.unresolvedLinks().links == [])
        #expect(try index.links(of: "a", depth: nil).map(\.id) == [RecordID("n/\(path)")])
        #expect(try index.backlinks(of: RecordID("n/\(path)"), depth: nil).map(\.id) == ["a"])
    }
}
