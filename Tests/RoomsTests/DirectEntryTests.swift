import FoundationEssentials
import Journal
import Services
import Testing

@testable import Rooms

/// What is read of a journal by hand is what the general decoder reads.
struct DirectEntryTests {
    @Test(arguments: SimulationTests.seeds.suffix(11))
    func `a journal that is read by hand is the one that was written, and most commits are`(seed: UInt64) throws {
        var node = SimulatedNode(seed: seed)
        for _ in 0..<600 { SimulationTests.disturb(&node) }
        var direct = 0, all = 0
        for line in node.disk.split(separator: 10) {
            let json = line.dropFirst(9)
            let expected = try JSONDecoder().decode([JournalEntry].self, from: Data(json))
            all += 1
            guard let entries = JournalEntry.commit(of: json) else { continue }
            direct += 1
            #expect(entries == expected)
        }
        #expect(direct > all / 2 && direct < all, "\(direct) of \(all)")
    }

    @Test(arguments: [
        #"[{"ended":{"outcome":"passed","room":"a","turn":"a.1","usage":{"inputTokens":9,"outputTokens":2}}}]"#,
        #"[{"ended":{"outcome":"passed","room":"a","turn":"a.1","usage":{"inputTokens":-9,"outputTokens":2}}}]"#,
        #"[{"answered":{"caller":"user:ann","post":{"number":1,"room":"a","turns":[]},"request":"r","room":"a"}}]"#,
        #"[{"answered":{"caller":"user:ann","records":["a"],"request":"r","room":"lobby"}}]"#,
        #"[{"queued":{"agent":"a","cause":007,"room":"lobby","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"no room","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"lobby","turn":"lobby.1"},"lost":{}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"later":2,"room":"lobby","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"lobby","turn":"lobby.1"}}"#, "[]", "", "[{}]",
    ])
    func `what is not recognized is left to the general decoder`(text: String) {
        let json = Array(text.utf8)
        let general = try? JSONDecoder().decode([JournalEntry].self, from: Data(json))
        if let entries = JournalEntry.commit(of: json[...]) { #expect(entries == general) }
    }
}
