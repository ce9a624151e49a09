import FoundationEssentials
import GRDB
import Glibc
import LinuxSystem
import Records
import SeededRandom
import Services
import Testing

@testable import egghead_records

/// A node whose notes are changed by hand and by the store, moved, deleted, and whose processes die.
private final class Notebook {
    let node: TestNode
    private let person: Person
    private var random: SplitMix64
    /// What every file should hold, by its path.
    private(set) var files: [String: String] = [:]
    private var count = 0
    private var kills = 0

    init(seed: UInt64) throws {
        SignalDescriptor.ignorePipe()
        random = SplitMix64(state: seed)
        node = try TestNode(
            model: nil, configuration: "providers: {dead: {url: 'http://127.0.0.1:9/v1', model: m, key: none}}")
        try node.start()
        person = try Person(node)
    }

    private var root: String { node.home + "/records" }

    /// Does one thing.
    ///
    /// - Returns: What it was.
    func step() throws -> String {
        switch Int.random(in: 0..<14, using: &random) {
        case 0...2: return try createByHand()
        case 3, 4: return try editByHand()
        case 5: return try moveByHand()
        case 6: return try moveFolderByHand()
        case 7: return try deleteByHand()
        case 8: return try create()
        case 9: return try update()
        case 10: return try move()
        case 11: return try delete()
        case 12: return try kill()
        case _: return try "\(kill()), \(editByHand())"
        }
    }

    private func newPath() -> String {
        count += 1
        let folder = ["", "a/", "a/b/", "c/", "c/d/e/"].randomElement(using: &random) ?? ""
        return "\(folder)note\(count).\(Bool.random(using: &random) ? "md" : "org")"
    }

    private func somePath() -> String? { files.keys.sorted().randomElement(using: &random) }

    /// A file whose path is its id, which nobody else claims.
    private func plainPath() -> String? {
        files.keys.sorted().filter { path in
            let record = Record(path: path, text: files[path] ?? "")
            return record.id == RecordID.id(ofPath: path) && record.problems.isEmpty
        }.randomElement(using: &random)
    }

    private func words() -> String {
        let words = ["broker", "outage", "garden", "limit", "restore", "[[note3]]", "[[a/note5]]", "[[nowhere]]"]
        return (0..<Int.random(in: 1...12, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
    }

    private func text(at path: String) -> String {
        let isOrg = path.hasSuffix(".org"), tag = ["ops", "web"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return words() + "\n"
        case 1: return isOrg ? ":PROPERTIES:\nbroken\n" : "---\nbroken: *x\n---\n\(words())\n"
        case 2: return isOrg ? ":PROPERTIES:\n:ID: twin\n:END:\n\(words())\n" : "---\nid: twin\n---\n\n\(words())\n"
        case _:
            return isOrg
                ? ":PROPERTIES:\n:TAGS: \(tag)\n:LINKS: [[note3]]\n:END:\n#+title: \(words())\n\n* Part\n\(words())\n"
                : "---\ntags: [\(tag)]\nlinks: [note3]\nauthor: ann\n---\n\n# \(words())\n\n\(words())\n"
        }
    }

    private func write(_ text: String, at path: String) throws {
        let full = "\(root)/\(path)"
        try Files.makeDirectories(Files.split(full).directory)
        if Bool.random(using: &random) {
            try Files.replace(full, with: Array(text.utf8))
        } else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: full))  // in place
        }
        files[path] = text
    }

    private func createByHand() throws -> String {
        let path = newPath()
        try write(text(at: path), at: path)
        return "wrote \(path)"
    }

    private func editByHand() throws -> String {
        guard let path = somePath() else { return try createByHand() }
        try write(text(at: path), at: path)
        return "wrote \(path) anew"
    }

    private func moveByHand() throws -> String {
        guard let path = somePath() else { return "nothing" }
        let format = RecordFormat.of(path), target = RecordID.path(of: "moved/m\(count)", in: format)
        count += 1
        try Files.makeDirectories(root + "/moved")
        try Files.move("\(root)/\(path)", to: "\(root)/\(target)", replacing: false)
        files[target] = files.removeValue(forKey: path)
        return "moved \(path) to \(target)"
    }

    private func moveFolderByHand() throws -> String {
        let folders = Set(
            files.keys.compactMap { $0.contains("/") ? $0.split(separator: "/").first.map(String.init) : nil })
        guard let folder = folders.sorted().randomElement(using: &random) else { return "nothing" }
        count += 1
        let target = "folder\(count)"
        try Files.move("\(root)/\(folder)", to: "\(root)/\(target)", replacing: false)
        for path in files.keys where path.hasPrefix(folder + "/") {
            files[target + path.dropFirst(folder.count)] = files.removeValue(forKey: path)
        }
        return "moved folder \(folder) to \(target)"
    }

    private func deleteByHand() throws -> String {
        guard let path = somePath() else { return "nothing" }
        try Files.remove("\(root)/\(path)")
        files[path] = nil
        return "deleted \(path)"
    }

    private func create() throws -> String {
        let path = newPath(), format = RecordFormat.of(path), id = RecordID.id(ofPath: path) ?? ""
        let fields: [String: JSONValue] = ["title": .string(words()), "tags": .array([.string("store")])]
        let body = words() + "\n"
        _ = try person.ask(
            Store.Create.self, .init(request: "c\(count)", id: RecordID(id), fields: fields, body: body, format: format)
        )
        files[path] = try format.create(fields: fields, body: body).text
        return "created \(id)"
    }

    private func update() throws -> String {
        guard let path = plainPath(), let old = files[path], let id = RecordID.id(ofPath: path) else {
            return "nothing"
        }
        count += 1
        let revision = try person.ask(Store.Text.self, .init(id: RecordID(id))).revision, body = words() + "\n"
        let fields: [String: JSONValue] = ["author": .string("bob \(count)")]
        _ = try person.ask(
            Store.Update.self,
            .init(request: "u\(count)", id: RecordID(id), revision: revision, fields: fields, body: body))
        files[path] = try RecordFormat.parts(of: old, at: path).updating(fields: fields, body: body).text
        return "updated \(id)"
    }

    private func move() throws -> String {
        guard let path = plainPath(), let id = RecordID.id(ofPath: path) else { return "nothing" }
        count += 1
        let new = "renamed/r\(count)"
        _ = try person.ask(Store.Move.self, .init(request: "m\(count)", id: RecordID(id), to: RecordID(new)))
        let target = RecordID.path(of: new, in: RecordFormat.of(path))
        files[target] = files.removeValue(forKey: path)
        // Whose links followed is the index's to know; that nothing else has changed is seen here.
        for (path, text) in files {
            let now = try read(path), from = path == target ? "" : path
            let back = now.replacing(new, with: id)
            #expect(now == text || back == text || back.replacing(id, with: nameOf(id)) == text, "\(from): \(now)")
            files[path] = now
        }
        return "moved \(id) to \(new) by the store"
    }

    private func nameOf(_ id: String) -> String { String(id.split(separator: "/").last ?? "") }

    private func delete() throws -> String {
        guard let path = plainPath(), let id = RecordID.id(ofPath: path) else { return "nothing" }
        count += 1
        _ = try person.ask(Store.Delete.self, .init(request: "d\(count)", id: RecordID(id), revision: nil))
        files[path] = nil
        return "deleted \(id) by the store"
    }

    /// Kills a process, or all of them in order: the supervisor bears five deaths in a minute.
    private func kill() throws -> String {
        kills += 1
        if kills % 5 == 0 {
            node.stop()
            let steps = try (0..<3).map { _ in try editByHand() }
            try node.start()
            return "stopped, \(steps.joined(separator: ", ")) and started"
        }
        let name = Bool.random(using: &random) ? "store" : "index"
        if let pid = node.pid(of: name) { Glibc.kill(pid, SIGKILL) }
        return "killed \(name)"
    }

    private func read(_ path: String) throws -> String {
        String(decoding: try Files.read("\(root)/\(path)", limit: 1 << 20), as: UTF8.self)
    }

    /// What is on the disk, by path.
    func onDisk() throws -> [String: String] {
        var found: [String: String] = [:]
        for path in FileManager.default.subpaths(atPath: root) ?? [] {
            if path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) || RecordFormat(path: path) == nil {
                continue
            }
            found[path] = try read(path)
        }
        return found
    }

    /// What an index that is built from the files alone holds.
    func rebuilt() throws -> [String] {
        let directory = node.scratch.newPath("fresh")
        try Files.makeDirectories(directory)
        let index = try IndexDatabase(directory: directory)
        let stamp = FileStamp(bytes: 0, modifiedNanoseconds: 0, changedNanoseconds: 0, inode: 0, nowNanoseconds: .max)
        var claimed: Set<String> = []
        let records = files.sorted { $0.key < $1.key }.map { Record(path: $0, text: $1) }
            .filter { claimed.insert($0.id).inserted }
        try index.apply(
            .init(put: records.map { Index.IndexedRecord($0, stamp: stamp) }, remove: [], remaining: 0))
        return try Self.contents(index.queue)
    }

    /// What the node's index holds.
    func indexed() throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        return try Self.contents(
            DatabaseQueue(path: node.home + "/state/" + IndexDatabase.fileName, configuration: configuration))
    }

    private static func contents(_ queue: DatabaseQueue) throws -> [String] {
        let sql = """
            SELECT id, path, title, class, tags, author, revision,
                (SELECT group_concat(target || authored, ' ') FROM
                    (SELECT * FROM links WHERE record = records.rowid ORDER BY target)) AS links,
                (SELECT group_concat(name, ' ') FROM (SELECT * FROM tags WHERE record = records.rowid ORDER BY name)),
                (SELECT title || body || tags FROM records_text WHERE rowid = records.rowid) AS text,
                (SELECT group_concat(headings || text, '|') FROM
                    (SELECT passages.headings, text FROM passages JOIN passages_text
                        ON passages_text.rowid = passages.rowid WHERE record = records.rowid ORDER BY passages.rowid))
            FROM records ORDER BY id
            """
        return try queue.read { try Row.fetchAll($0, sql: sql).map(\.description) }
    }
}

/// Whatever happens to files and processes one after the other, the index is the one that the files alone would give.
@Suite(.serialized) struct RecordPropertyTests {
    @Test func `after each step the files are what was written, and the index is as if it were built anew`() throws {
        let seed = UInt64.random(in: 0...UInt64.max), notebook = try Notebook(seed: seed)
        for number in 1...300 {
            let step = try notebook.step(), place = "seed \(seed), step \(number): \(step)"
            #expect(try notebook.onDisk() == notebook.files, "\(place)")
            let expected = try notebook.rebuilt()
            guard waits(for: 60, until: { (try? notebook.indexed()) == expected }) else {
                let indexed = try notebook.indexed()
                let missing = expected.filter { !indexed.contains($0) }
                let surplus = indexed.filter { !expected.contains($0) }
                Issue.record("\(place)\nmissing: \(missing)\nsurplus: \(surplus)")
                return
            }
        }
    }
}
