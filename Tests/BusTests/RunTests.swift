import Services
import Testing

@testable import Bus

/// Messages that follow each other are delivered in runs; nobody may be able to tell.
@Suite struct RunTests {
    private struct Script {
        var random: SystemRandomNumberGenerator
        var text = ""

        mutating func publish() {
            let subject =
                ["_INBOX.a", "_INBOX.a", "_INBOX.a", "_INBOX.a", "_INBOX.b", "_INBOX.a.b", "_INBOX.*"].randomElement(
                    using: &random)
            let payload = String(repeating: "x", count: .random(in: 0...40, using: &random))
            let reply = Int.random(in: 0..<8, using: &random) == 0 ? " _INBOX.r" : ""
            text += "PUB \(subject ?? "")\(reply) \(payload.utf8.count)\r\n\(payload)\r\n"
        }

        mutating func other() {
            let pattern = ["_INBOX.a", "_INBOX.>", "_INBOX.*"].randomElement(using: &random) ?? ""
            text +=
                [
                    "PING\r\n", "SUB \(pattern) \(Int.random(in: 100...120, using: &random))\r\n",
                    "UNSUB \(Int.random(in: 100...120, using: &random))\r\n", "pub _INBOX.a  1\r\nx\r\n",
                    "SUB _INBOX.a group 130\r\n", "UNSUB 130 7\r\n", "CONNECT {\"verbose\":true}\r\n",
                    "CONNECT {\"verbose\":false,\"echo\":true}\r\n",
                ].randomElement(using: &random) ?? ""
        }
    }

    /// What each of four people hears when the script comes in pieces of a size.
    private func heard(_ script: [UInt8], max: Int, pieces size: Int) -> [String] {
        let stage = Stage("user:ann", "user:bob", "user:cat", "user:dan")
        stage.say("user:bob", "SUB _INBOX.a 1")
        stage.say("user:cat", "SUB _INBOX.* 1", "UNSUB 1 \(max)")
        stage.say("user:dan", "SUB _INBOX.b 1", "SUB _INBOX.> 2")
        for start in stride(from: 0, to: script.count, by: size) {
            stage.router.receive(script[start..<min(start + size, script.count)], from: stage.connection("user:ann"))
        }
        return ["user:ann", "user:bob", "user:cat", "user:dan"].map(stage.hear)
    }

    @Test(arguments: 1...40)
    func `what everybody hears is the same in one piece and byte by byte`(_: Int) {
        var script = Script(random: SystemRandomNumberGenerator())
        for _ in 0..<200 {
            if Int.random(in: 0..<12) == 0 { script.other() } else { script.publish() }
        }
        let bytes = Array(script.text.utf8)
        let max = Int.random(in: 1...100)
        let once = heard(bytes, max: max, pieces: bytes.count), slowly = heard(bytes, max: max, pieces: 1)
        #expect(once == slowly, Comment(rawValue: script.text))
        #expect(!once[1].isEmpty)
    }

    @Test func `a subscriber that gets too much in a run is ended, and the others get all of it`() {
        let stage = Stage("user:ann", "user:bob", "user:cat")
        stage.say("user:bob", "SUB _INBOX.a 1")
        stage.say("user:cat", "SUB _INBOX.a 1")
        let message = "PUB _INBOX.a 1000\r\n" + String(repeating: "x", count: 1_000) + "\r\n"
        let read = Array(String(repeating: message, count: 100).utf8)
        var count = 0
        for _ in 0...ProtocolLimits.pendingBytesMax / read.count {
            stage.router.receive(read, from: stage.connection("user:ann"))
            count += stage.hear("user:cat").components(of: "MSG _INBOX.a 1 1000|").count - 1
        }
        #expect(stage.connection("user:bob").isEnded)
        #expect(count == 100 * (1 + ProtocolLimits.pendingBytesMax / read.count))
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
