extension MessageRouter {
    /// Delivers a plain message together with the messages of the same subject that directly follow it: subscriber by
    /// subscriber, so that the output of each is written in one piece.
    ///
    /// - Parameters:
    ///   - first: The message that was already removed from `rest`.
    ///   - rest: The following bytes; delivered messages are removed from it.
    /// - Returns: Whether it was delivered; if not, the general path must handle it.
    func publishRun(from first: PublicationView, _ rest: inout RawBytes, _ connection: BrokerConnection) -> Bool {
        guard !connection.options.verbose,
            let route = connection.routes.route(for: first.subject, in: subscriptions)
        else { return false }
        return route._withUnsafeGuaranteedRef { route in
            guard route.allowsRuns else { return false }
            let bytes = gatherRun(
                from: first, &rest, most: ProtocolLimits.gatheredBytesMax / max(1, route.direct.count))
            work += run.count * max(1, route.direct.count) / 4
            connection.messagesIn += run.count
            connection.bytesIn += bytes
            for index in route.direct.indices {
                route.direct[index]._withUnsafeGuaranteedRef { deliverRun(to: $0, bytes: bytes, from: connection) }
            }
            return true
        }
    }

    /// - Returns: The number of bytes of the payloads of the run.
    private func gatherRun(from first: PublicationView, _ rest: inout RawBytes, most: Int) -> Int {
        run.removeAll(keepingCapacity: true)
        run.append(first)
        var bytes = first.payload.count, next = rest
        while bytes < most, let (message, length) = FrameScanner.plainPublication(next),
            message.subject.isEqual(to: first.subject)
        {
            run.append(message)
            bytes += message.payload.count
            next = RawBytes(rebasing: next[length...])
        }
        rest = next
        return bytes
    }

    private func deliverRun(to subscription: BrokerSubscription, bytes: Int, from sender: BrokerConnection) {
        guard let first = run.first, wants(subscription, first, sender) else { return }
        if let max = subscription.max {
            for message in run.prefix(max - subscription.delivered) { deliver(message, to: subscription) }
            return
        }
        let connection = subscription.connection
        subscription.sid.withUnsafeBytes { sid in connection.output.append(run: run, bytes: bytes, sid: sid) }
        connection.messagesOut += run.count
        connection.bytesOut += bytes
        subscription.delivered += run.count
        outputGrew(connection)
    }
}
