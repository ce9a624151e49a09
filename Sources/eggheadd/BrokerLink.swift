import Configuration
import JSON
import LinuxSystem
import Runtime
import Services
import Supervision

/// eggheadd's services for the broker: it gives every child a connection, names the peers of the listening socket,
/// passes lifecycle events on, and takes operators' requests.
final class BrokerLink {
    private let processes: ProcessTable
    private let runDirectory: String
    private let log: Log
    private let peers: PeerIdentity

    /// An operator's request from the bus.
    var onRequest: (OperatorRequest, OrderAuthority.Asker, @escaping (OperatorReply) -> Void) -> Void = { _, _, _ in }

    init(processes: ProcessTable, runDirectory: String, peers: PeerIdentity, log: Log) {
        (self.processes, self.runDirectory, self.peers, self.log) = (processes, runDirectory, peers, log)
    }

    private var channel: ChildChannel? { processes.process(of: Self.broker)?.channel }

    /// A process was made: a child gets its connection, and a new broker gets the connections of all children.
    func noticeSpawn(of id: ChildID) {
        guard let broker = channel else { return }
        let unconnected = Self.unconnected(afterSpawnOf: id, among: processes.withChannel.map(\.id))
        for process in unconnected.compactMap(processes.process) { connect(process, to: broker) }
    }

    private static let broker = BuiltInTree.Name.broker.id

    /// The children that need a connection once this child was made: the child itself, or all of them for a new broker.
    ///
    /// - Parameter children: The children with a parent channel, in the order in which they were made.
    static func unconnected(afterSpawnOf id: ChildID, among children: [ChildID]) -> [ChildID] {
        children.filter { $0 != broker && (id == broker || $0 == id) }
    }

    private func connect(_ process: RunningProcess, to broker: ChildChannel) {
        do {
            let pair = try UnixSocket.pair(.stream)
            pair.split { brokersEnd, childsEnd in
                broker.send(.attach(process.identity), descriptor: brokersEnd)
                process.channel?.send(.bus, descriptor: childsEnd)
            }
        } catch {
            log.error("bus.attach.failed", ["child": process.id.name, "error": "\(error)"])
        }
    }

    /// Whether a broker runs.
    var isUp: Bool { channel != nil }

    /// Asks the broker to publish a lifecycle event on `sys.child.<name>`.
    func publish(_ event: ChildEvent) { channel?.send(.child(event)) }

    /// Answers which name the peer of a connection to the listening socket has.
    func answer(peerQuestion id: Int, pid: Int32, uid: UInt32, pidfd: consuming FileDescriptor?) {
        channel?.send(.peer(id: id, name: peers.name(pid: pid, uid: uid, pidfd: pidfd)))
    }

    /// Takes an operator's request from the bus and answers it when it has been carried out.
    func receive(requestID: Int, from: Principal, operation: String, payload: JSONValue) {
        let reply: (OperatorReply) -> Void = { [unowned self] in
            for message in Self.messages(with: $0, to: requestID) { channel?.send(message) }
        }
        do throws(ServiceFailure) {
            let request = try OperatorRequest(operation: operation, payload: payload, run: runDirectory)
            onRequest(request, .name(from), reply)
        } catch {
            reply(.failure(error))
        }
    }

    /// The broker's part of an answer to a request: a refusal as such, any other reply in parts.
    static func messages(with reply: OperatorReply, to requestID: Int) -> [SupervisorMessage] {
        guard case .failure(let failure) = reply else { return replies(with: JSON.encode(reply.json), to: requestID) }
        let message = failure.message.prefix(bytesMax: ParentChannelLimits.replyBytesPerPartMax)
        return [.refusal(id: requestID, failure: ServiceFailure(failure.code, String(message)))]
    }

    /// A reply to the broker. The text is sent in parts, because a message is bounded and a tree is not.
    static func replies(with text: [UInt8], to requestID: Int) -> [SupervisorMessage] {
        let parts = parts(of: text, bytesMax: ParentChannelLimits.replyBytesPerPartMax)
        return parts.enumerated().map { .reply(id: requestID, part: $0, of: parts.count, text: $1) }
    }

    /// Splits a UTF-8 text between characters.
    static func parts(of text: [UInt8], bytesMax: Int) -> [String] {
        var parts: [String] = [], rest = text[...]
        while rest.count > bytesMax {
            var end = rest.startIndex + bytesMax
            while rest[end] & 0xC0 == 0x80 { end -= 1 }  // the middle of a character
            parts.append(String(decoding: rest[..<end], as: UTF8.self))
            rest = rest[end...]
        }
        return parts + [String(decoding: rest, as: UTF8.self)]
    }
}
