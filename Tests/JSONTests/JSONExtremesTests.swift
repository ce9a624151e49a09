import JSON
import Services
import Testing

/// Values at the edge of what JSON can say: they are refused when they are read, or written all the same.
@Suite struct JSONExtremesTests {
    private static func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
        Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func `what nests too deep to be written again is refused when it is read`(open: String, close: String) throws {
        let levels = open.count { $0 != "\"" && $0 != "a" && $0 != ":" }
        for depth in [1, 100, 128] {
            let value = try JSON.decode(JSONValue.self, from: Self.nested(depth / levels, open, close))
            #expect(JSON.encode(["payload": ["payload": value]]).count > depth)
        }
        for depth in [129 + levels, 300, 511, 512, 513, 100_000] {
            #expect(throws: JSONProblem.self) {
                try JSON.decode(JSONValue.self, from: Self.nested(depth, open, close))
            }
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that JSON does not have is written as a text`(number: Double) {
        let text = String(decoding: JSON.encode(JSONValue.object(["a": .number(number)])), as: UTF8.self)
        #expect([#"{"a":"nan"}"#, #"{"a":"infinity"}"#, #"{"a":"-infinity"}"#].contains(text))
        let request = Gateway.Chat.Request(id: "1", messages: [], temperature: number)
        #expect(throws: JSONProblem.self) { try JSON.decode(Gateway.Chat.Request.self, from: JSON.encode(request)) }
    }

    @Test(arguments: ["1e999", "-1e999", "1e30", "9223372036854775808", "12.5", "-1", "\"1\""])
    func `a number that a message cannot hold is refused`(number: String) {
        let json = Array(#"{"room":"lobby","number":\#(number)}"#.utf8)
        let request = try? JSON.decode(Coordinator.Settled.Request.self, from: json)
        #expect(request?.number == (number == "-1" ? -1 : nil))
    }
}
