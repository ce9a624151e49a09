import Services
import Testing

@testable import Records

/// What a person means by a query.
struct SearchQueryTests {
    private func reading(_ kind: SearchReading, of text: String) -> String? {
        SearchQuery(text).readings.first { $0.kind == kind }?.query.match
    }

    @Test(arguments: [
        ("broker AND outage", #"("broker" AND "outage")"#), ("tcp OR udp", #"("tcp" OR "udp")"#),
        ("TCP OR UDP", #"("TCP" OR "UDP")"#), ("broker NOT outage", #"("broker" NOT "outage")"#),
        ("rock AND NOT roll", #"("rock" NOT "roll")"#), ("数据库 NOT 备份", "(\"数\u{1F}据\u{1F}库\" NOT \"备\u{1F}份\")"),
        ("big broker OR small store NOT old", #"(("big" AND "broker") OR (("small" AND "store") NOT "old"))"#),
        ("(a1 OR b1) AND c1", #"(("a1" OR "b1") AND "c1")"#),
        ("descr*", #""descr" *"#), ("gen-it*", #""gen-it" *"#), ("title:garden", #"title : "garden""#),
        (#"tags:"two words" x"#, #"(tags : "two words" AND "x")"#), (#""file descriptors""#, #""file descriptors""#),
        ("“file descriptors” limit", #"("file descriptors" AND "limit")"#),
        ("title:(one OR two)", #"(title : "one" OR title : "two")"#), ("Tags:ops", #"tags : "ops""#),
        (#"TITLE:(a1 "two words") x"#, #"((title : "a1" AND title : "two words") AND "x")"#),
        ("tag:ops", #"tags : "ops""#),
        ("title:(a1 NOT body:b1) c1", #"((title : "a1" NOT body : "b1") AND "c1")"#),
        ("title:(NEAR(one two))", #"title : NEAR("one" "two", 10)"#), ("id:ops", #"{name folder} : "ops""#),
        ("title:((one) OR two)", #"(title : "one" OR title : "two")"#),
        ("ｔｉｔｌｅ：ｇａｒｄｅｎ", #"title : "garden""#), ("＂two words＂", #""two words""#),
        ("tcp\u{200B} OR udp", #"("tcp" OR "udp")"#),
        ("NEAR(one two, 5)", #"NEAR("one" "two", 5)"#), (#"NEAR("one two" three)"#, #"NEAR("one two" "three", 10)"#),
    ])
    func `a query with the signs of an expression is one`(text: String, match: String) {
        #expect(reading(.expression, of: text) == match)
    }

    @Test(arguments: [
        "DO NOT DEPLOY ON FRIDAY", "DO NOT PANIC", "TO BE OR NOT TO BE", "please do NOT restart the broker",
        "the store is NOT ready", "NOT now", "tomatoes AND", "OR else", "how do I restart the broker?",
        "how do I restart the broker", "time 12:30", "http://host/path", "std::vector", "nosuchcolumn:tomatoes",
        "C++ and C#", "what's up", "foo-bar", "-v --force", "a ^ b", "{title body}: x", "(((", "call f(x)", "",
        #"a 19" rack"#, #""unterminated tomatoes"#, "**bold** text", "*.md", "a * b", "title: garden", "NEAR(one)",
        "the broker (production)", "SMOKING NOT PERMITTED", "a + b", "one OR AND two", ":-) fine",
        "READY OR NOT", "SIMULATION AND THE MONTE CARLO METHOD", "DO NOT USE FIND /", "ask-codex", "38.101 -band",
        "it's a don't", "grammar::fa", "blah=", "ubuntu 20.04",
    ])
    func `a sentence is not an expression`(text: String) {
        #expect(reading(.expression, of: text) == nil)
    }

    @Test(arguments: [
        ("title:garden", nil), ("the title:garden is", nil), ("title:(one OR two)", nil), ("id:ops NOT x", "id:ops"),
        ("\"title:garden\" bed", "title:garden"), ("owl OR bat", "owl"),
    ])
    func `a query without columns has colons as a sentence has them`(text: String, first: String?) {
        let expression = SearchQuery(withoutColumns: text).readings.first { $0.kind == .expression }
        #expect(expression?.query.phrases.first == first.map { "\"\($0)\"" })
    }

    @Test(arguments: [
        ("how do I restart the broker", "how do I restart the broker?"), ("no wait", "no, wait!"),
        ("the broker (production)", "the broker production"), ("a note & more", "a note more"),
    ])
    func `punctuation changes nothing`(one: String, other: String) {
        func words(_ text: String) -> [String] {
            SearchQuery(text).readings.flatMap(\.query.phrases).map { $0.filter { $0.isLetter } }
        }
        #expect(words(one) == words(other))
    }

    @Test(arguments: [
        ("broker NOT outage", #"("broker" AND "outage")"#),
        (#"title:"two words" pre*"#, #"("two" AND "words" AND "pre")"#),
        ("foo-bar say", #"("foo-bar" AND "say")"#), ("--error-on-warnings", #""--error-on-warnings""#),
        (#"5" say"#, #"("5""" AND "say")"#), ("* ^ -", nil),
    ])
    func `plain words mean nothing to FTS5`(text: String, match: String?) {
        #expect(reading(.allWords, of: text) == match)
    }

    @Test(
        arguments: [
            ("word* b", nil), (SearchQueryTests.words(24, " OR "), nil),
            (SearchQueryTests.words(25, " OR "), .longExpression),
            (SearchQueryTests.words(24, " "), nil), (SearchQueryTests.words(25, " "), .longQuery),
            ("x OR " + String(repeating: "y", count: 3_000), .longExpression),
            ("(one OR two", .brokenExpression), ("one* two)", .brokenExpression),
            ("title:(one OR two", .brokenExpression),
            ("(one two", nil), ("a 19\" rack", nil), ("", nil), (String(repeating: " ", count: 3_000), .longQuery),
        ] as [(String, SearchObjection?)])
    func `what is not read as it was typed is told`(text: String, objection: SearchObjection?) {
        let query = SearchQuery(text)
        #expect(query.objection == objection)
        #expect(query.readings.contains { $0.kind == .expression } == false || objection == nil)
    }

    @Test func `the words of an expression that is too long are searched for without its operators`() {
        let match = reading(.allWords, of: Self.words(25, " OR "))
        #expect(match?.hasPrefix(#"("w1" AND "w2" AND "#) == true && match?.hasSuffix(#"AND "w24")"#) == true)
    }

    private static func words(_ count: Int, _ separator: String) -> String {
        (1...count).map { "w\($0)" }.joined(separator: separator)
    }

    @Test func `a query of any length has few words`() {
        for text in [
            String(repeating: "word ", count: 20_000), String(repeating: "a OR ", count: 5_000) + "b",
            String(repeating: "数", count: 9_000), String(repeating: "(", count: 1_000) + "a OR b",
            String(repeating: "(", count: 500) + "a OR b" + String(repeating: ")", count: 500),
            "a" + String(repeating: " NOT b", count: 300),
        ] {
            let readings = SearchQuery(text).readings
            #expect(!readings.isEmpty)
            #expect(readings.allSatisfy { $0.query.phrases.count <= RecordLimits.questionWordsMax })
            #expect(readings.allSatisfy { $0.query.match.utf8.count <= 6 * RecordLimits.queryBytesMax })
        }
    }
}
