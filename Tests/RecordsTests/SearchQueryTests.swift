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
