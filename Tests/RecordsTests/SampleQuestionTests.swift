import FoundationEssentials
import Records
import Services
import Testing

@testable import egghead_records

/// What a newcomer asks the sample notes.
@Suite struct SampleQuestionTests {
    private static let directory =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/share/sample/records"

    private static let notes: [Index.IndexedRecord] = {
        let paths = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".md") }.sorted().compactMap { path in
            FileManager.default.contents(atPath: "\(directory)/\(path)").map {
                Index.IndexedRecord(Record(path: path, text: String(decoding: $0, as: UTF8.self)), stamp: .old)
            }
        }
    }()

    private static let questions = [
        ("how do we roll back?", "tern deploy --rollback"),
        ("does a rollback touch the database?", "never touches the database"),
        ("When may I deploy?", "Tuesdays and Thursdays before noon"),
        ("how long do we watch the canary", "leave it for 15 minutes"),
        ("Where are the backups of the database?", "goes to the host `lighthouse`"),
        ("How long are backups kept?", "kept for 35 days"),
        ("the primary is dead, do I restore?", "promote the standby"),
        ("which command checks a restore", "tern-restore --verify"),
        ("how often is the restore drill", "first Monday of each quarter"),
        ("who gets called when nobody answers the pager?", "it calls Marta"),
        ("When is the handover?", "Monday at 10:00"), ("can the newsletter wait", "may wait"),
        ("why was there an outage in March", "A replication slot had been left behind"),
        ("how long could nobody book", "47 minutes"), ("Why not Kafka?", "nobody here has run it"),
        ("why is the queue in postgres", "committed in one transaction"),
        ("when do we reconsider the queue", "500 jobs a second"),
        ("a certificate does not renew, why?", "port 80 is closed"),
        ("Who has the key for the gates' certificates?", "Priya's safe"),
    ]

    /// Without the one whose verb is in no note: half of what it asks for is unknown, so no passage is relevant.
    @Test(arguments: questions.filter { $0.0 != "when do we reconsider the queue" })
    func `a question finds the passage with its answer`(question: String, answer: String) throws {
        try TemporaryIndex.with(Self.notes) { (index) throws in
            let passages = try index.passages(.init(question: question, limit: 5))
            let texts = passages.map { $0.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            let found = texts.contains { $0.contains(answer) }
            #expect(found, "\(passages.map { "\($0.id) \($0.headings)" })")
        }
    }

    @Test(arguments: questions)
    func `a search finds the same with and without a question mark`(question: String, answer: String) throws {
        try TemporaryIndex.with(Self.notes) { (index) throws in
            let words = question.filter { $0 != "?" }
            let hits = try index.search(.init(query: words))
            #expect(!hits.isEmpty)
            #expect(try index.search(.init(query: words + "?")) == hits)
            #expect(try index.search(.init(query: words.uppercased())) == hits)
        }
    }

    @Test(arguments: [
        ("What is the wifi password?", nil),
        ("warum wurde am 14. März nichts gebucht?", "incidents/2026-03-replication-slot"),
    ])
    func `a question that no note answers finds nothing, or the only note that it can be about`(
        question: String, id: RecordID?
    ) throws {
        try TemporaryIndex.with(Self.notes) { (index) throws in
            let ids = try index.passages(.init(question: question)).map(\.id)
            #expect(ids.allSatisfy { $0 == id })
        }
    }
}
