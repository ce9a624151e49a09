import Glibc
import Journal
import LinuxSystem
import Services
import Testing

/// Numbers from outside, sent to real processes: none of them ends, and the node starts again with what it wrote down.
@Suite(.serialized) struct ForeignNumberTests {
    private static let scout = "---\nclass: agent\ntitle: Scout\n---\nYou are Scout.\n"
    private static let most = "9223372036854775807"

    /// How often each process was started again, and its process.
    private static func processes(_ node: TestNode, but omitted: String) -> [String] {
        node.children.filter { $0.kind == .worker && $0.name != omitted }
            .map { "\($0.name) \($0.pid ?? 0) \($0.restarts)" }
    }

    @Test func `a provider that reports 2^63-1 tokens twice ends nobody, now and at the next start`() throws {
        let node = try TestNode(records: ["scout.md": Self.scout])
        try node.start()
        let before = Self.processes(node, but: "agent:scout")
        for _ in 0..<2 {
            let result = try node.egghead("chat", "@scout fake:long=\(Self.most) hello", "--wait")
            #expect(result.status == 0 && result.output.contains("You said"), "\(result.output) \(result.errors)")
            #expect(waits(for: 60) { node.isReady }, "\(node.children)")
        }
        #expect(Self.processes(node, but: "agent:scout") == before)
        let events = try node.history().count { $0.type == .message }
        try node.kill("coordinator")
        #expect(try node.history().count { $0.type == .message } == events)
        #expect(node.stop() == 0)
        try node.start()
        #expect(try node.history().count { $0.type == .message } == events)
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        #expect(node.stop() == 0)
    }

    /// A line as the version of before wrote it, which took a provider's numbers as they came.
    private static func line(_ entries: String) -> [UInt8] {
        let json = Array("[\(entries)]".utf8)
        return CRC32C.hexadecimal(CRC32C.checksum(json)) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
    }

    private static func turn(_ number: Int, _ usage: String) -> [UInt8] {
        let at = "2026-11-25T16:08:59.123Z", turn = "lobby.\(number)"
        return line(
            #"{"event":{"at":"\#(at)","from":"user:ann","number":\#(2 * number - 1),"room":"lobby","text":"@scout x","#
                + #""type":"message"}},"#
                + #"{"queued":{"agent":"scout","cause":\#(2 * number - 1),"room":"lobby","turn":"\#(turn)"}}"#
        )
            + line(#"{"attempt":{"at":"\#(at)","attempt":1,"incarnation":1,"room":"lobby","turn":"\#(turn)"}}"#)
            + line(
                #"{"ended":{"outcome":"answered","room":"lobby","turn":"\#(turn)","usage":\#(usage)}},"#
                    + #"{"event":{"at":"\#(at)","from":"agent:scout","number":\#(2 * number),"outcome":"answered","#
                    + #""room":"lobby","text":"y","turn":"\#(turn)","type":"message"}}"#)
    }

    @Test func `a journal that is poisoned already starts, and what no room can hold is told where it stood`() throws {
        let node = try TestNode(records: ["scout.md": Self.scout])
        let directory = node.home + "/state/rooms"
        try Files.makeDirectories(directory)
        let usage = #"{"inputTokens":\#(Self.most),"outputTokens":\#(Self.most)}"#
        let poison = Self.line(
            #"{"event":{"at":"2026-11-25T16:09:00.000Z","from":"user:ann","number":\#(Self.most),"room":"kitchen","#
                + #""text":"far","type":"message"}}"#)
        let journal =
            Self.turn(1, usage) + Self.turn(2, usage) + poison + Self.turn(3, #"{"inputTokens":-9,"outputTokens":1}"#)
        try Files.replace(directory + "/journal", with: journal)
        try node.start()
        #expect(try node.history().prefix(6).map(\.text) == ["@scout x", "y", "@scout x", "y", "@scout x", "y"])
        let kitchen = try node.history("kitchen")
        #expect(kitchen.map(\.type) == [.notice] && kitchen.first?.text.contains("set aside") == true, "\(kitchen)")
        let aside = try Files.list(directory).filter { $0.hasPrefix("journal.unreadable-") }
        #expect(try aside.map { try Files.read("\(directory)/\($0)", limit: 1 << 20) } == [poison])
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        #expect(node.children.first { $0.name == "coordinator" }?.restarts == 0)
        #expect(node.stop() == 0)
    }

    @Test func `a client's messages with any number and any depth are answered, and end nobody`() throws {
        let node = try TestNode(records: ["scout.md": Self.scout])
        try node.start()
        #expect(try node.egghead("chat", "@scout hello", "--wait").status == 0)
        let before = Self.processes(node, but: "")
        let deep = String(repeating: "[", count: 510) + String(repeating: "]", count: 510)
        let numbers = [Self.most, "-9223372036854775808", "-1", "1e30", "12.5", "\"12\"", "[1]", deep]
        let questions: [(ServiceName, String, String)] = [
            (.coordinator, "settled", #"{"room":"lobby","number":N}"#),
            (.coordinator, "history", #"{"room":"lobby","after":N,"limit":N}"#),
            (.coordinator, "history", #"{"room":"lobby","limit":N}"#),
            (.store, "search", #"{"query":"x","limit":N}"#), (.store, "passages", #"{"question":"x","limit":N}"#),
            (.store, "backlinks", #"{"id":"scout","depth":N}"#), (.store, "list", #"{"limit":N}"#),
            (.eggheadd, "list", #"{"x":N}"#),
            (.eggheadd, "start_child", #"{"supervisor":"mcp","spec":{"id":N}}"#),
            (.llm, "chat", #"{"id":"x","from":N,"messages":[],"maxTokens":N}"#),
        ]
        let person = try Person(node)
        for (service, operation, payload) in questions {
            for number in numbers {
                let payload = payload.replacing("N", with: number)
                #expect(try person.isAnswered(service, operation, payload), "\(service) \(operation) \(number)")
            }
        }
        #expect(Self.processes(node, but: "") == before)
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        #expect(node.stop() == 0)
    }
}
