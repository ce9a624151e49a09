import Bus
import BusClient
import Services

extension BusClient {
    /// Subscribes to what the coordinator publishes of a room: its events, and at intervals the number of the newest
    /// one. A message that cannot be decoded is dropped.
    public func subscribe(
        toRoom room: RoomName, onEvent: @escaping (RoomEvent) -> Void, onHead: @escaping (RoomHead) -> Void
    ) {
        subscribe(SubjectPattern(.roomEvent(room))) { message in
            if let event = try? message.decode(RoomEvent.self) { onEvent(event) }
        }
        subscribe(SubjectPattern(.roomHead(room))) { message in
            if let head = try? message.decode(RoomHead.self) { onHead(head) }
        }
    }

    /// Subscribes to the parts of answers that are being written in a room. A message that cannot be decoded is
    /// dropped.
    ///
    /// - Parameter onDelta: Gets the name of the agent that writes, and the words. The name is the subject's last
    ///   token; the broker refuses a message under the name of another.
    public func subscribe(
        toDeltasOf room: RoomName, onDelta: @escaping (_ from: Principal, _ delta: RoomDelta) -> Void
    ) {
        subscribe(.roomDeltas(room)) { message in
            let token = message.subject.description.split(separator: ".").last ?? ""
            guard let name = Principal(token: token), let delta = try? message.decode(RoomDelta.self) else { return }
            onDelta(name, delta)
        }
    }
}
