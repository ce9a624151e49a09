import Services
import Time

// Slow consumers: connections that do not read what is meant for them. One is disconnected, as in NATS, when too much
// waits for it, when it takes nothing for too long, or when all connections together hold too much and it holds the
// most. The bounds are in `ProtocolLimits`.
//
// See: NATS documentation, slow consumers
extension MessageRouter {
    /// Lists a connection for writing. One that does not read enough loses its place.
    func outputGrew(_ connection: BrokerConnection) {
        if !connection.isListedForOutput {
            connection.isListedForOutput = true
            withOutput.append(connection)
        }
        countHeld(connection)
        if connection.output.count > ProtocolLimits.pendingBytesMax { end(connection, .slowConsumer) }
        if heldBytes > heldBytesMax { endLargestHolders() }
    }

    /// Ends the connections that have taken nothing for too long while something waited for them.
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

    /// Ends connections of the name that holds the most, the largest first, until the bound is kept. Parts of Egghead
    /// are the last.
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
