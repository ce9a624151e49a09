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

    /// The one sentence that is shown first.
    private func sentence(for question: String, in index: IndexDatabase) throws -> Index.Passages.Sentence? {
        try index.answer(to: PassagesRun(.init(question: question, sentences: true))).sentences?.first
    }

    @Test(arguments: questions)
    func `the one sentence that is chosen answers the question`(question: String, answer: String) throws {
        try TemporaryIndex.with(Self.notes) { (index) throws in
            let chosen = try sentence(for: question, in: index)
            #expect(chosen?.text.contains(answer) == true, "\(chosen?.text ?? "nothing")")
        }
    }

    /// They are harder: many share no word with their answer. The number is what the ranking reached when it was made.
    @Test func `of other questions, at least that many are answered by the chosen sentence`() throws {
        try TemporaryIndex.with(Self.notes) { (index) throws in
            let wrong = try Self.others.compactMap { question, answer -> String? in
                let chosen = try sentence(for: question, in: index)?.text ?? "nothing"
                return chosen.contains(answer) ? nil : "\(question) \(chosen)"
            }
            #expect(Self.others.count - wrong.count >= 39, "\(wrong)")
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
            let chosen = try sentence(for: question, in: index)
            #expect(chosen == nil || chosen?.passage.id == id)
        }
    }

    private static let others = [
        ("how many people are in the team", "four people who run Tern"),
        ("what is Tern?", "the booking system of a ferry line"),
        ("who finds out what the notes say", "finds what they say"),
        ("can I delete these notes?", "change them or delete them"),
        ("what does a runbook tell me", "Runbooks say what to do tonight"),
        ("what kinds of background jobs are there", "tickets by mail, refunds, timetable imports"),
        ("how do workers pick up a job?", "FOR UPDATE SKIP LOCKED"),
        ("do we have a message broker", "We run no separate message broker"),
        ("why was RabbitMQ turned down?", "a job could be sent for a booking that was rolled back"),
        ("how many jobs per second at peak in summer?", "We have 40 jobs a second"),
        ("since when is decision 7 in force", "in force since 24 June 2025"),
        ("what would an extra broker cost us at night", "one more machine to patch, back up and understand"),
        ("how many jobs did the load test go up to", "2,000 in a test"),
        ("how often does certbot run?", "runs twice a day on `tern-web1`"),
        ("who should do the restore drill?", "somebody who has not done it lately"),
        ("when do I need to do something about the public certs?", "fewer than 14 days left"),
        ("how do I reload haproxy", "systemctl reload haproxy"),
        ("how do I test a cert renewal without really doing it?", "certbot renew --dry-run"),
        ("how long are the gate certs valid", "certificates last one year"),
        ("when are the boarding gate certificates renewed?", "renewed by hand every February"),
        ("how many people do you need for renewing the gate certs", "Two people must be present"),
        ("how many customers saw an error", "About 1,900 people saw an error"),
        ("did we lose any bookings on 14 march?", "that had been confirmed was lost"),
        ("can I check the restored data on my own", "have a second person read the result"),
        ("How many gigabytes of WAL piled up?", "212 GB in eleven days"),
        ("when was tern-db2 rebuilt", "was rebuilt on 3 March"),
        ("why did no disk alarm go off before the outage?", "had been silenced during the rebuild"),
        ("why didn't the on-call know the alert was muted", "Nobody had written down that it was silent"),
        ("limit for max_slot_wal_keep_size?", "is 40 GB, so a forgotten slot"),
        ("how long until an idle replication slot raises an alarm", "inactive for 30 minutes"),
        ("when does a muted alert switch on again?", "comes back by itself after 24 hours"),
        ("where do I see which alerts are silenced", "lists every silenced alert"),
        ("can I release the day before christmas?", "Nothing is deployed on the day before a public holiday"),
        ("why do we only ship in the morning", "are awake when it misbehaves"),
        ("what do I announce before a release?", "which release"),
        ("which server is the canary", "tern deploy --canary tern-web2"),
        ("what error rate is too high", "Above 0.5 percent, roll back"),
        ("command to roll out to all servers", "tern deploy --all"),
        ("how long does a rollback take?", "in about 90 seconds"),
        ("migration stuck on a lock, when does it stop", "gives up by itself"),
        ("where do I look for the query that blocks the migration?", "Look for the query that holds the lock"),
        ("how long is one on-call shift", "One person is on call for a week"),
        ("how fast do I have to ack the pager?", "Acknowledge within 10 minutes"),
        ("should I look for the cause first or fix booking first", "first, the cause comes later"),
        ("what if boarding has stopped, who talks to the harbour master?", "is put through to Marta at once"),
        ("what can never wait till morning?", "Booking, payment and the boarding gates never wait"),
        ("when should I restore from backup and not just fail over?", "when data was deleted or damaged"),
        ("what time is the nightly backup", "every night at 02:30"),
        ("how often is the write-ahead log shipped", "follows it every minute"),
        ("why stop the web servers before a restore", "so that nobody books into a database"),
        ("how long does a restore take?", "A restore takes about"),
        ("when has a drill passed", "The drill counts as passed"),
    ]
}
