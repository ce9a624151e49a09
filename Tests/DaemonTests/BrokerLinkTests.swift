import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct BrokerLinkTests {
    @Test(arguments: 4...9)
    func `a text is cut between characters, and its parts are the text`(bytesMax: Int) {
        for prefix in ["", "a", "ab", "abc", "abcd"] {
            let text = prefix + "é€😀é€😀aé€😀"
            let parts = BrokerLink.parts(of: Array(text.utf8), bytesMax: bytesMax)
            #expect(parts.joined() == text)
            #expect(parts.allSatisfy { (1...bytesMax).contains($0.utf8.count) })
            // Each is as long as it can be.
            for (part, next) in zip(parts, parts.dropFirst()) {
                let first = next.unicodeScalars.first.map { String($0).utf8.count } ?? 0
                #expect(part.utf8.count + first > bytesMax)
            }
        }
    }

    @Test(arguments: [(0, 1), (1, 1), (16_384, 1), (16_385, 2), (32_768, 2), (32_769, 3)])
    func `a reply is numbered parts, one at least`(length: Int, count: Int) {
        let text = Array(String(repeating: "x", count: length).utf8)
        let replies = BrokerLink.replies(with: text, to: 5)
        var joined = ""
        for (index, reply) in replies.enumerated() {
            guard case .reply(5, index, count, let part) = reply else { return #expect(Bool(false), "\(index)") }
            joined += part
        }
        #expect(replies.count == count && Array(joined.utf8) == text)
    }

    @Test func `a refusal is one message, whose text is bounded`() {
        #expect(
            BrokerLink.messages(with: .failure(ServiceFailure(.denied, "no")), to: 5)
                == [.refusal(id: 5, failure: ServiceFailure(.denied, "no"))])
        let long = ServiceFailure(.failed, String(repeating: "é", count: 20_000))
        #expect(
            BrokerLink.messages(with: .failure(long), to: 5)
                == [.refusal(id: 5, failure: ServiceFailure(.failed, String(repeating: "é", count: 8_192)))])
        #expect(BrokerLink.messages(with: .done, to: 5) == [.reply(id: 5, part: 0, of: 1, text: "{}")])
    }

    @Test func `a new child is connected, and with a new broker everybody else`() {
        let children: [ChildID] = ["index", "broker", "store", "agent:a"]
        #expect(BrokerLink.unconnected(afterSpawnOf: "store", among: children) == ["store"])
        #expect(BrokerLink.unconnected(afterSpawnOf: "broker", among: children) == ["index", "store", "agent:a"])
        #expect(BrokerLink.unconnected(afterSpawnOf: "model:local", among: children) == [], "it has no parent channel")
    }
}
