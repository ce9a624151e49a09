import JSON
import LinuxSystem
import Runtime
import Services
import Supervision

/// What eggheadd does for the broker: it gives every child a connection, says who a stranger is, passes lifecycle
/// events on, and takes operators' requests.
final class BrokerLink {
    private let processes: ProcessTable
    private let runDirectory: String
    private let log: Log
    private let peers: PeerIdentity

    /// An operator's request from the bus.
    var onRequest: (OperatorRequest, @escaping (OperatorReply) -> Void) -> Void = { _, _ in }

    /// How a child stands.
    var statusOf: (ChildID) -> NodeStatus? = { _ in nil }

    /// The broker's id in the tree.
    static let id: ChildID = "broker"

    init(processes: ProcessTable, runDirectory: String, peers: PeerIdentity, log: Log) {
        (self.processes, self.runDirectory, self.peers, self.log) = (processes, runDirectory, peers, log)
    }

    private var channel: ChildChannel? { processes.process(of: Self.id)?.channel }

    /// A process was made: a child gets its connection, and a new broker all the connections that there are to be.
    func noticeSpawn(of id: ChildID) {
        guard let broker = channel else { return }
        let unconnected = id == Self.id ? processes.withChannel : processes.withChannel.filter { $0.id == id }
        for process in unconnected where process.id != Self.id { connect(process, to: broker) }
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

    /// Whether there is a broker to tell something.
    var isUp: Bool { channel != nil }

    /// Has a lifecycle event published on `sys.child.<name>`.
    func publish(_ event: ChildEvent) { channel?.send(.child(event)) }

    /// Answers who is at the other end of a connection to the listening socket.
    func answer(peerQuestion id: Int, pid: Int32, uid: UInt32, pidfd: consuming FileDescriptor?) {
        channel?.send(.peer(id: id, name: peers.name(pid: pid, uid: uid, pidfd: pidfd)))
    }

    /// Takes an operator's request from the bus and answers it when it is done.
    func receive(requestID: Int, from: String, operation: String, payload: JSONValue) {
        let reply: (OperatorReply) -> Void = { [unowned self] in
            send(JSON.encode($0.json), inReplyTo: requestID)
        }
        let request: OperatorRequest
        do throws(ServiceFailure) {
            request = try OperatorRequest(operation: operation, payload: payload, run: runDirectory)
        } catch {
            return reply(.failure(error))
        }
        if !request.changesSomething || peers.mayChange(from) || request.replacesAgent(for: from, status: statusOf) {
            return onRequest(request, reply)
        }
        let reason = "\(from) may look, but only root and eggheadd's own user may \(operation)"
        reply(.failure(ServiceFailure(.denied, reason)))
    }

    /// The text goes in parts, since a message is bounded and a tree is not.
    private func send(_ text: [UInt8], inReplyTo requestID: Int) {
        let size = ParentChannelLimits.replyBytesPerPartMax
        let parts = Self.parts(of: text, bytesMax: size)
        for (index, part) in parts.enumerated() {
            channel?.send(.reply(id: requestID, part: index, of: parts.count, text: part))
        }
    }

    /// Cuts a text of UTF-8 between characters.
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
