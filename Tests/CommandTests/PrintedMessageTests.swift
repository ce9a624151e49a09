import Services
import Testing

@testable import egghead

struct PrintedMessageTests {
    @Test(
        arguments: [
            (#"{"a":[1,null]}"#, .object(["a": .array([.integer(1), .null])])), ("17", .integer(17)),
            ("not JSON", .string("not JSON")), ("", .string("")),
        ] as [(String, JSONValue)])
    func `a payload that is JSON is printed as a value, any other as a text`(payload: String, value: JSONValue) {
        #expect(PrintedMessage(subject: "s", reply: nil, payload: Array(payload.utf8)).payload == value)
    }

    @Test func `a message without --json is one line, safe for a terminal`() {
        let payload = Array("a\n\u{1B}b".utf8)
        #expect(PrintedMessage.line(subject: "room.\u{7}x", payload: payload) == "room.\\u{7}x a\\u{a}\\u{1b}b")
        #expect(PrintedMessage.line(subject: nil, payload: payload) == "a\\u{a}\\u{1b}b")
    }
}
