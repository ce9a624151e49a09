import Foundation
import Services
import Testing

@testable import Bus

/// Raw exchanges with the answers of Debian's nats-server 2.9.10, recorded by `Exchanges/record.py`, spoken with the
/// router.
@Suite struct ExchangeTests {
    struct Exchange: Decodable, CustomTestStringConvertible {
        struct Step: Decodable {
            var on: String
            var send: String?
            var times: Int?
            var pause: Bool?
            var receive: String?
            var closed: Bool?
        }

        var name: String
        var steps: [Step]

        var testDescription: String { name }
    }

    /// What the router answers to an exchange on each connection, a line for each phase, as the record has it.
    private static func replay(
        _ exchange: Exchange, open: (MessageRouter) -> BrokerConnection = { $0.open(person: .user("ann"), pid: 1) }
    ) -> [String] {
        let router = MessageRouter(serverID: "S")
        router.setTokens(["laptop": "secret", "phone": "another secret"])
        var connections: [(name: String, connection: BrokerConnection)] = [], answers: [String] = []
        var packet: (name: String, bytes: [UInt8])?
        func connection(_ name: String) -> BrokerConnection {
            if let known = connections.first(where: { $0.name == name }) { return known.connection }
            let connection = open(router)
            connection.output.removeAll()  // INFO
            connections.append((name, connection))
            return connection
        }
        func deliver() {
            if let packet { router.receive(packet.bytes, from: connection(packet.name)) }
            packet = nil
        }
        func hear() {
            deliver()
            for (name, connection) in connections.sorted(by: { $0.name < $1.name }) {
                let text = connection.output.withBytes { $0.map { String(UnicodeScalar($0)) }.joined() }
                connection.output.removeAll()
                if !text.isEmpty { answers.append("\(name) receives \(Self.escaped(text))") }
            }
        }
        var isHearing = false
        for step in exchange.steps {
            guard step.receive == nil, step.closed == nil else {
                isHearing = true
                continue
            }
            if isHearing || packet.map({ $0.name != step.on }) ?? false { hear() }
            isHearing = false
            if let send = step.send {
                let bytes = [[UInt8]](repeating: send.unicodeScalars.map { UInt8($0.value) }, count: step.times ?? 1)
                packet = (step.on, (packet?.bytes ?? []) + bytes.joined())
            } else {
                deliver()
            }
        }
        hear()
        for (name, connection) in connections.sorted(by: { $0.name < $1.name }) where connection.isEnded {
            answers.append("\(name) is closed")
        }
        return answers
    }

    private static func escaped(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { $0.value >= 0x20 && $0.value < 0x7F ? String($0) : $0.escaped(asASCII: true) }
            .joined() + "\""
    }

    private static func recorded(_ exchange: Exchange) -> [String] {
        let heard = exchange.steps.compactMap { step in
            step.receive.map { "\(step.on) receives \(escaped($0))" }
        }
        let closed = exchange.steps.filter { $0.closed == true }.map { "\($0.on) is closed" }
        return heard + closed.sorted()
    }

    /// Where nats-server ends a connection without a word, our broker says why before it does the same.
    private static func withoutReason(_ answers: [String], where recorded: [String]) -> [String] {
        answers.compactMap { answer in
            let name = answer.prefix { $0 != " " }
            let isSilent = !recorded.contains { $0.hasPrefix("\(name) receives") && $0.contains("-ERR") }
            guard recorded.contains("\(name) is closed"), isSilent else { return answer }
            let rest = answer.replacing(/-ERR '[^']*'\\r\\n"$/, with: "\"")
            return rest == "\(name) receives \"\"" ? nil : rest
        }
    }

    /// An exchange that our broker answers otherwise, on purpose.
    private struct Deviation: Decodable {
        var name: String
        var why: String
        var answers: [String]
    }

    private static let deviations: [Deviation] = load("deviations.json")

    private static func load<Entry: Decodable>(_ file: String) -> [Entry] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Exchanges/\(file)")
        guard let data = try? Data(contentsOf: path) else { return [] }
        return (try? JSONDecoder().decode([Entry].self, from: data)) ?? []
    }

    @Test(arguments: load("exchanges.json") as [Exchange])
    func `the bytes are those of nats-server`(exchange: Exchange) {
        let recorded = Self.recorded(exchange)
        let answers = Self.withoutReason(Self.replay(exchange), where: recorded)
        if let deviation = Self.deviations.first(where: { $0.name == exchange.name }) {
            #expect(answers == deviation.answers)
            #expect(answers != recorded, "it deviates no more")
        } else {
            #expect(answers == recorded)
        }
    }

    @Test(arguments: load("exchanges-auth.json") as [Exchange])
    func `a token is asked for as nats-server does`(exchange: Exchange) throws {
        let listener = try #require(LoopbackAddress("127.0.0.1:4222"))
        let answers = Self.replay(exchange) { $0.open(client: "127.0.0.1:50000", at: listener) }
        let recorded = Self.recorded(exchange)
        #expect(Self.withoutReason(answers, where: recorded) == recorded)
    }

    @Test func `INFO over TCP holds what nats-server's holds, but for its compiler`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Exchanges/info.json")
        let recorded = try JSONDecoder().decode([String: [String: JSONValue]].self, from: Data(contentsOf: path))
        let listener = try #require(LoopbackAddress("127.0.0.1:4222"))
        let connection = MessageRouter(serverID: "S").open(client: "127.0.0.1:50000", at: listener)
        let line = connection.output.withBytes { Data($0) }
        #expect(line.suffix(3) == Data(" \r\n".utf8))
        let info = try JSONDecoder().decode([String: JSONValue].self, from: line.dropFirst(5))
        let keys = try #require(recorded["token"]).keys
        #expect(Set(keys).subtracting(info.keys) == ["go"])
        #expect(info["port"] == .integer(4_222) && info["host"] == .string("127.0.0.1"))
        #expect(info["max_payload"] == recorded["token"]?["max_payload"] && info["headers"] == .bool(true))
    }

    @Test func `the records are whole, and every deviation is of one of them`() {
        let names = (Self.load("exchanges.json") as [Exchange]).map(\.name)
        #expect(names.count > 200)
        #expect(Set(names).count == names.count)
        #expect(Set(Self.deviations.map(\.name)).isSubset(of: names))
        #expect(Self.deviations.allSatisfy { !$0.why.isEmpty })
    }
}
