import Services
import Time

// Slow consumers: connections that do not read their messages. One is disconnected, as in NATS, when too many bytes
// wait for it, when it reads nothing for too long, or when all connections together hold too much and its name holds
// the most. The limits are in `ProtocolLimits`.
//
// See: NATS documentation, slow consumers
extension MessageRouter {
    /// Lists a connection for writing, or ends it if it is a slow consumer.
    func outputGrew(_ connection: BrokerConnection) {
        if !connection.isListedForOutput {
            connection.isListedForOutput = true
            withOutput.append(connection)
        }
        countHeld(connection)
        if connection.output.count > ProtocolLimits.pendingBytesMax { end(connection, .slowConsumer) }
        if heldBytes > heldBytesMax { endLargestHolders() }
    }

    /// Ends the connections that have read nothing for too long while bytes waited for them.
    ///
    /// - Returns: Whether others still have time.
    public func endStalled(now: Instant) -> Bool {
        let stalled = connections.filter { $0.stalledSince != nil }
        for connection in stalled {
            if let since = connection.stalledSince, now - since >= ProtocolLimits.writeDeadline {
                end(connection, .slowConsumer)
            }
        }
        return stalled.contains { !$0.isEnded }
    }

    /// Ends connections of the name that holds the most, the largest first, until the limit is kept. Services
    /// are ended last.
    func endLargestHolders() {
        while heldBytes > heldBytesMax {
            var sums: [Principal: Int] = [:]
            for connection in connections { sums[connection.name, default: 0] += connection.heldBytes }
            let largest = sums.max { ($0.key.isService ? 0 : 1, $0.value) < ($1.key.isService ? 0 : 1, $1.value) }
            let theirs = connections.filter { $0.name == largest?.key }
            guard let connection = theirs.max(by: { $0.heldBytes < $1.heldBytes }), connection.heldBytes > 0 else {
                return
            }
            end(connection, .slowConsumer)
        }
    }
}
