import FoundationEssentials
import GRDB
import Records
import Services
import Testing

@testable import egghead_records

/// Whatever happens to records one after the other, the index is the one that is built from what is there in the end.
@Suite struct IndexPropertyTests {
    private static let words = ["broker", "outage", "database", "garden", "tomato", "limit", "restore", "night"]
    private static let paths = (0..<12).map { $0 % 3 == 0 ? "ops/note\($0).md" : "note\($0).md" }

    private struct Notebook {
        var random = SystemRandomNumberGenerator()
        var files: [String: Index.IndexedRecord] = [:]

        /// Writes one file anew.
        mutating func write() -> Index.IndexedRecord {
            let path = paths.randomElement(using: &random) ?? ""
            var record = Index.IndexedRecord(Record(path: path, text: text()), stamp: .old)
            record.summary.updated = "2026-0\(Int.random(in: 1...9, using: &random))-01T00:00:00.000Z"
            files[path] = record
            return record
        }

        /// Takes one file away.
        mutating func remove() -> RecordID? {
            guard let path = files.keys.randomElement(using: &random) else { return nil }
            return files.removeValue(forKey: path)?.summary.id
        }

        private mutating func some(_ count: ClosedRange<Int>) -> [String] {
            (0..<Int.random(in: count, using: &random)).compactMap { _ in words.randomElement(using: &random) }
        }

        private mutating func text() -> String {
            let tags = some(0...3).map { Bool.random(using: &random) ? $0 : "\($0)/\($0)" }
            let target = "note\(Int.random(in: 0..<14, using: &random))"
            let recordClass = ["durable", "inbox", "agent"].randomElement(using: &random) ?? ""
            return """
                ---
                class: \(recordClass)
                tags: [\(tags.joined(separator: ", "))]
                links: [\(Bool.random(using: &random) ? target : "ops/\(target)")]
                ---
                # \(some(1...3).joined(separator: " "))

                \(some(0...20).joined(separator: " ")) [[note\(Int.random(in: 0..<14, using: &random))]]

                ## \(some(1...2).joined(separator: " "))

                \(some(0...20).joined(separator: " "))
                """
        }
    }

    /// Everything that the index holds.
    private func tables(of index: IndexDatabase) throws -> [String] {
        try index.read { db in
            try [
                """
                SELECT id, path, title, class, tags, author, created, updated, revision FROM records ORDER BY id
                """,
                """
                SELECT id, passages.headings, text FROM passages JOIN records ON records.rowid = record
                JOIN passages_text ON passages_text.rowid = passages.rowid ORDER BY id, passages.rowid
                """,
                "SELECT id, tags.name, tag FROM tags JOIN records ON records.rowid = record ORDER BY id, tags.name",
                """
                SELECT id, target, style, key, authored FROM links JOIN records ON records.rowid = record ORDER BY 1, 2
                """,
                "SELECT key, kind, length, id FROM names JOIN records ON records.rowid = record ORDER BY 1, 2, 3, 4",
                "SELECT count(*) FROM records_text", "SELECT count(*) FROM passages_text",
            ].map { try Row.fetchAll(db, sql: $0).map(\.description).joined(separator: "\n") }
        }
    }

    /// Everything that the index says.
    private func answers(of index: IndexDatabase) throws -> [String] {
        let found = try Self.words.map { word in
            try index.search(.init(query: word, limit: 100)).map(\.record.id.rawValue).sorted().joined(separator: " ")
        }
        let linked = try (0..<14).map { number in
            try index.backlinks(of: RecordID("note\(number)"), depth: 3).map { "\($0)" }.joined(separator: "\n")
        }
        let rest = ["\(try index.tags(.init()))", "\(try index.unresolvedLinks())", "\(try index.recent(.init()))"]
        return found + linked + rest
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/index-property-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(arguments: 1...12)
    func `an index that was changed step by step equals one that is built anew`(_: Int) throws {
        try withDirectory { (directory) throws in
            var notebook = Notebook()
            var index = try IndexDatabase(directory: directory)
            for step in 1...60 {
                var request = Index.Apply.Request(put: [], remove: [], remaining: 0)
                for _ in 1...Int.random(in: 1...4) {
                    if Int.random(in: 0..<4) > 0 {
                        let record = notebook.write()
                        request.put.removeAll { $0.summary.id == record.summary.id }
                        request.remove.removeAll { $0 == record.summary.id }
                        request.put.append(record)
                    } else if let id = notebook.remove() {
                        request.put.removeAll { $0.summary.id == id }
                        request.remove.append(id)
                    }
                }
                try index.apply(request, more: step % 7 != 0)
                if step == 30 { try index.filled() }
                if step % 9 == 0 && step > 30 { _ = try index.purge(3) }
                if step % 20 == 0 {
                    try index.commit()
                    index = try IndexDatabase(directory: directory)  // as after a restart
                }
            }
            try withDirectory { (other) throws in
                let fresh = try IndexDatabase(directory: other)
                let all = notebook.files.values.sorted { $0.summary.id < $1.summary.id }
                try fresh.apply(.init(put: all, remove: [], remaining: 0))
                #expect(try answers(of: index) == answers(of: fresh))
                while try index.purge(3) {}
                #expect(try tables(of: index) == tables(of: fresh))
                #expect(try answers(of: index) == answers(of: fresh))
            }
        }
    }
}
