import ArgumentParser
import Testing

@testable import egghead

/// What the command line says of a value that it refuses.
struct OptionValueTests {
    private func refusal(_ words: [String]) -> String? {
        do {
            _ = try Egghead.parseAsRoot(words)
            return nil
        } catch {
            return Egghead.message(for: error)
        }
    }

    @Test(
        arguments: [
            (["search", "x", "--limit"], "limit", "1 to 100"), (["recent", "--limit"], "limit", "1 to 100"),
            (["tags", "--limit"], "limit", "1 to 100"), (["links", "a", "--depth"], "depth", "1 to 5"),
            (["backlinks", "a", "--depth"], "depth", "1 to 5"), (["chat", "x", "--timeout"], "timeout", "1 to 604800"),
            (["prompt", "a", "x", "--timeout"], "timeout", "1 to 604800"),
            (["consult", "x", "--timeout"], "timeout", "1 to 604800"),
        ])
    func `a number is refused with its option, its value and its range`(
        words: [String], option: String, range: String
    ) {
        for value in ["-5", "0", "x", "", "1.5", "99999999999999999999999", "--json", "604801"] {
            let message = refusal(words + [value]) ?? ""
            #expect(message.contains("'\(value)' is invalid for '--\(option)"), "\(message)")
            #expect(message.contains("a whole number from \(range) is wanted"), "\(message)")
        }
        let last = words.dropLast() + [words[words.count - 1] + "=-5"]
        #expect(refusal(Array(last))?.contains("from \(range) is wanted") == true)
        #expect(refusal(words + ["5"]) == nil && refusal(words + ["1"]) == nil)
    }

    @Test(arguments: ["--since", "--until"])
    func `a date that does not exist is refused with its option and its value`(option: String) {
        for value in ["9999-99", "2026-02-30", "yesterday", "-1", "2026-03-01T25:00"] {
            let message = refusal(["recent", "\(option)=\(value)"]) ?? ""
            #expect(message.contains("'\(value)' is invalid for '\(option)"), "\(message)")
            #expect(message.contains("a date such as 2026"), "\(message)")
        }
        #expect(refusal(["recent", option, "2026-03-01T10:30Z"]) == nil)
    }

    @Test(arguments: [
        ("2026-03-01", "2026-03", false), ("2026", "2025", true), ("2026-03-02", "2026-03-01", true),
        ("2026-03", "2026-03-01", false),
    ])
    func `the earlier date is not after the later one`(since: String, until: String, isRefused: Bool) {
        #expect((refusal(["recent", "--since", since, "--until", until]) != nil) == isRefused)
    }

    /// Dates are compared as texts, and those of records have seconds before the `Z`.
    @Test func `the store is sent a date without its Z`() throws {
        let recent = try #require(try Egghead.parseAsRoot(["recent", "--since", "2026-03-01T10:30Z"]) as? Recent)
        #expect(recent.filter.filter.since == "2026-03-01T10:30")
    }

    @Test(arguments: [
        (["new", " "], "the title is empty"), (["mv", "a", "a"], "a has that id already"),
        (["prompt", "@", "x"], "the name of the agent is empty"), (["bus", "sub", "a b"], "such as room.*.event"),
        (["bus", "pub", "a.>", "x"], "such as svc.store.get"), (["bus", "request", "", "x"], "such as svc.store.get"),
    ])
    func `what is refused is told with what is wanted`(words: [String], message: String) {
        #expect(refusal(words)?.contains(message) == true)
    }
}
