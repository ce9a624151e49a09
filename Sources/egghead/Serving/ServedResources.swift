import BusClient
import MCP
import Services

/// What clients can read of a node: its records, as they are in their files, and what was said in its rooms.
///
/// ```
/// egghead://record/guides/rollback     egghead://room/lobby
/// ```
final class ServedResources {
    /// A page of a list.
    struct Page {
        var resources: [ServedResource]
        /// Where the next page begins; nil when there is none.
        var next: String?
    }

    private let bus: BusClient
    private static let record = "egghead://record/", room = "egghead://room/"
    private static let patience = Duration.seconds(30)

    /// The resources of a node by its bus.
    init(_ bus: BusClient) { self.bus = bus }

    /// Names the records behind an id, and on the first page the rooms.
    func list(after id: String?, _ done: @escaping (Result<Page, ServiceFailure>) -> Void) {
        guard id == nil else { return listRecords(after: id, [], done) }
        bus.request(Coordinator.Rooms.self, Empty(), deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            let rooms = (try? result.get().rooms) ?? []
            listRecords(after: nil, rooms.map { Self.resource($0.room) }, done)
        }
    }

    private func listRecords(
        after id: String?, _ rooms: [ServedResource], _ done: @escaping (Result<Page, ServiceFailure>) -> Void
    ) {
        let request = Store.List.Request(after: id.map { RecordID($0) })
        bus.request(Store.List.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            done(
                result.map { reply in
                    let records = reply.records.map { Self.resource($0.id, title: $0.title) }
                    return Page(
                        resources: rooms + records, next: reply.more ? reply.records.last?.id.rawValue : nil)
                })
        }
    }

    /// Reads a resource.
    func read(
        _ address: String, _ done: @escaping (Result<(text: String, resource: ServedResource), ServiceFailure>) -> Void
    ) {
        if address.hasPrefix(Self.record) {
            let id = RecordID(String(address.dropFirst(Self.record.count)).percentDecoded)
            bus.request(Store.Text.self, .init(id: id), deadline: Self.patience, retry: .untilDeadline) { result in
                done(result.map { ($0.text, Self.resource(id, title: id.rawValue)) })
            }
        } else if address.hasPrefix(Self.room),
            let room = RoomName(rawValue: String(address.dropFirst(Self.room.count)))
        {
            let page = Coordinator.History.Request(room: room, limit: Coordinator.History.eventsMax)
            bus.request(Coordinator.History.self, page, deadline: Self.patience, retry: .untilDeadline) { result in
                done(result.map { (ServedNode.transcript($0.events), Self.resource($0.room)) })
            }
        } else {
            let reason = "there is no resource \(address.prefix(200)); egghead://record/ID and egghead://room/NAME are"
            done(.failure(ServiceFailure(.notFound, reason)))
        }
    }

    private static func resource(_ id: RecordID, title: String) -> ServedResource {
        ServedResource(address: record + id.rawValue.percentEncoded, title: title, type: "text/markdown")
    }

    private static func resource(_ name: RoomName) -> ServedResource {
        ServedResource(address: room + name.rawValue, title: "room \(name)", type: "text/plain")
    }
}

extension String {
    /// As a part of an address: what is neither a letter, a digit nor one of `-._~/` as `%` and two digits.
    ///
    /// See: RFC 3986 §2.1
    fileprivate var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~/".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        return text
    }

    fileprivate var percentDecoded: String {
        var bytes: [UInt8] = [], rest = utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let code = UInt8(Substring(digits), radix: 16) {
                bytes.append(code)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
