import Supervision
import Testing

@testable import eggheadd

@Suite struct ChildNotificationTests {
    @Test(arguments: [
        ("READY=1", [ChildNotification.ready]), ("WATCHDOG=1", [.watchdog]), ("EGGHEAD_PROGRESS=1", [.progress]),
        ("STATUS=3 rooms", [.status("3 rooms")]), ("STATUS=", [.status("")]), ("STATUS=a=b", [.status("a=b")]),
        ("STATUS=warm\nREADY=1\n", [.status("warm"), .ready]),
        ("READY=1\nMAINPID=1\nFDSTORE=1\nSTOPPING=1\nX_OWN=1", [.ready]),
        ("READY=0", []), ("READY=1 ", []), (" READY=1", []), ("ready=1", []), ("READY=1\r\n", []), ("", []), ("\n", []),
        ("WATCHDOG=trigger", []), ("EGGHEAD_PROGRESS=2", []), ("STATU", []),
    ])
    func `a message is lines of keys and values, and what is not known is ignored`(
        message: String, said: [ChildNotification]
    ) {
        #expect(ChildNotification.parse(message) == said)
    }

    @Test func `a status cannot move the cursor, and is 200 characters at most`() {
        #expect(ChildNotification.parse("STATUS=\u{1B}[2Ja\tb\u{7F}c\u{9B}d") == [.status("[2Jabcd")])
        for length in [199, 200, 201, 1_000] {
            let said = ChildNotification.parse("STATUS=" + String(repeating: "é", count: length))
            #expect(said == [.status(String(repeating: "é", count: min(length, 200)))])
        }
    }

    @Test func `only what the child sent, whole, is heard`() throws {
        let ready = Array("READY=1".utf8)
        func heard(
            from sender: Int32?, isTruncated: Bool = false
        ) throws -> [ChildNotification] {
            try ChildNotification.heard(in: ready, from: sender, isTruncated: isTruncated) { $0 == 7 }
        }
        #expect(try heard(from: 7) == [.ready])
        #expect(throws: ChildNotification.Refusal.foreign(8)) { try heard(from: 8) }
        #expect(throws: ChildNotification.Refusal.anonymous) { try heard(from: nil) }
        #expect(throws: ChildNotification.Refusal.tooLong) { try heard(from: 7, isTruncated: true) }
    }

    @Test func `a flood of messages comes to four events, the newest status among them`() {
        let said: [ChildNotification] = [.status("a"), .progress, .ready, .watchdog, .status("b"), .ready, .watchdog]
        #expect(
            ChildNotification.events(of: said + said, by: "x", 2)
                == [.beat("x", 2), .ready("x", 2), .progressed("x", 2), .status("x", 2, "b")])
        #expect(ChildNotification.events(of: [.watchdog], by: "x", 3) == [.beat("x", 3)])
        #expect(ChildNotification.events(of: [.progress], by: "x", 3) == [.progressed("x", 3)])
        #expect(ChildNotification.events(of: [], by: "x", 3) == [])
    }
}
