import JSON
import Services

extension MessageRouter {
    // MARK: SUB, UNSUB

    /// Adds a subscription; a second one with the same sid is ignored, as in NATS.
    ///
    /// - Returns: False if it was refused.
    func subscribe(_ connection: BrokerConnection, _ pattern: RawBytes, queue: RawBytes?, sid: RawBytes) -> Bool {
        guard connection.subscriptions[Array(sid)] == nil else { return true }
        guard SubjectSyntax.isPattern(pattern) else {
            refuse(connection, "Invalid Subject")
            return false
        }
        guard sid.count <= ProtocolLimits.sidBytesMax, (queue?.count ?? 0) <= ProtocolLimits.sidBytesMax else {
            refuse(connection, "Invalid Subscription")
            return false
        }
        guard connection.permissions.maySubscribe(to: pattern, queue: queue) else {
            let group = queue.map { " using queue \"\(text($0))\"" } ?? ""
            deny(connection, "Permissions Violation for Subscription to \"\(text(pattern))\"\(group)")
            return false
        }
        let isAgents = connection.name.agent != nil
        let most =
            isAgents ? ProtocolLimits.subscriptionsPerAgentMax : ProtocolLimits.subscriptionsPerConnectionMax
        guard connection.subscriptions.count < most else {
            refuse(connection, "maximum subscriptions exceeded")
            return false
        }
        let subscription = BrokerSubscription(connection: connection, pattern: pattern, queue: queue, sid: sid)
        connection.subscriptions[subscription.sid] = subscription
        connection.subscriptionBytes += subscription.memoryBytes
        subscriptions.insert(subscription)
        work += ProtocolLimits.workOfSubscription
        return true
    }

    /// Ends a subscription, at once or after a total number of messages.
    func unsubscribe(_ connection: BrokerConnection, sid: RawBytes, max: Int?) {
        guard let subscription = connection.subscriptions[Array(sid)] else { return }
        if let max, max > subscription.delivered {
            subscription.max = max
        } else {
            remove(subscription)
        }
    }

    private func remove(_ subscription: BrokerSubscription) {
        subscription.connection.subscriptions[subscription.sid] = nil
        subscription.connection.subscriptionBytes -= subscription.memoryBytes
        work += ProtocolLimits.workOfSubscription
        subscriptions.remove(subscription)
    }

    // MARK: PUB

    /// Checks a message and routes it.
    func publish(_ message: PublicationView, from connection: BrokerConnection) throws(ProtocolViolation) {
        if let headers = message.headers {
            if !connection.options.headers { throw .headersNotSupported }
            guard HeaderBlock.isWellFormed(headers) else { return refuse(connection, "Invalid Headers") }
        }
        connection.messagesIn += 1
        connection.bytesIn += message.bytesCount
        if let route = connection.routes.route(for: message.subject, in: subscriptions) {
            guard mayReply(message, connection) else { return }
            return route._withUnsafeGuaranteedRef { publish(message, along: $0, from: connection) }
        }
        let isInTable = connection.permissions.mayPublish(to: message.subject)
        guard isInTable || connection.permissions.answersOnce && connection.takeRemembered(reply: message.subject)
        else {
            return deny(connection, "Permissions Violation for Publish to \"\(text(message.subject))\"")
        }
        guard mayReply(message, connection) else { return }
        // Only the routes of allowed subjects are used again without another check.
        let route = (isInTable ? connection.routes.missed(message.subject) : nil) ?? passingRoute
        route.fill(message.subject, from: subscriptions)
        work += route.count
        publish(message, along: route, from: connection)
    }

    private func mayReply(_ message: PublicationView, _ connection: BrokerConnection) -> Bool {
        guard let reply = message.reply, !connection.permissions.mayReply(to: reply) else { return true }
        deny(connection, "Permissions Violation for Publish with Reply of \"\(text(reply))\"")
        return false
    }

    private func publish(_ message: PublicationView, along route: Route, from connection: BrokerConnection) {
        if !route.isLiteral, connection.options.pedantic { refuse(connection, "Invalid Publish Subject") }
        confirm(connection)
        if connection.isEnded { return }  // by what it was told, which was too much for it
        if let reply = message.reply, !SubjectSyntax.isWellFormed(reply) {
            return refuse(connection, "Invalid Reply Subject")
        }
        switch route.purpose {
        case .subscribers:
            if !deliver(message, along: route, from: connection) { missedEverybody(message, connection) }
        case .broker(let operation): answer(operation, message, connection)
        case .supervisor(let operation):
            guard let reply = message.reply else { return }
            work += ProtocolLimits.workOfJSON + message.payload.count / 16
            askSupervisor(from: connection.name, operation: operation, payload: message.payload, reply: reply)
        }
    }

    /// Reports that nobody serves a request. The report goes to the reply subject rather than to the publisher, so that
    /// the first caller of a request that a service has passed on gets it.
    private func missedEverybody(_ message: PublicationView, _ connection: BrokerConnection) {
        guard let reply = message.reply, connection.options.headers, connection.options.noResponders else { return }
        FrameText.noResponders.withUnsafeBytes { headers in
            let empty = RawBytes(start: nil, count: 0)
            say(PublicationView(subject: reply, headers: headers, payload: empty))
        }
    }

    /// Publishes in the broker's own name.
    func say(_ payload: Bytes, to subject: RawBytes) {
        payload.withUnsafeBytes { say(PublicationView(subject: subject, payload: $0)) }
    }

    func say(_ message: PublicationView) {
        passingRoute.fill(message.subject, from: subscriptions)
        deliver(message, along: passingRoute, from: nil)
    }

    /// Delivers a message to every subscription that matches it, and to one member of each queue group.
    ///
    /// - Parameters:
    ///   - sender: The publisher; nil for the broker itself.
    /// - Returns: Whether any subscription got it.
    @discardableResult
    private func deliver(_ message: PublicationView, along route: Route, from sender: BrokerConnection?) -> Bool {
        var isDelivered = false
        work += route.direct.count
        for index in route.direct.indices {
            route.direct[index]._withUnsafeGuaranteedRef { subscription in
                guard wants(subscription, message, sender) else { return }
                deliver(message, to: subscription)
                isDelivered = true
            }
        }
        for index in route.groups.indices where deliver(message, toOneOf: route.groups[index], from: sender) {
            isDelivered = true
        }
        return isDelivered
    }

    /// Delivers a message to the member of a queue group that has waited longest.
    private func deliver(
        _ message: PublicationView, toOneOf group: [BrokerSubscription], from sender: BrokerConnection?
    ) -> Bool {
        work += group.count
        var next: BrokerSubscription?
        for member in group where next.map({ member.servedAt < $0.servedAt }) ?? true {
            if wants(member, message, sender) { next = member }
        }
        guard let next else { return false }
        queueTurn += 1
        next.servedAt = queueTurn
        deliver(message, to: next)
        return true
    }

    func wants(
        _ subscription: BrokerSubscription, _ message: PublicationView, _ sender: BrokerConnection?
    ) -> Bool {
        let connection = subscription.connection
        if connection.isEnded { return false }  // by this very message, which was too much for it
        if connection === sender, !connection.options.echo { return false }
        // A service reads as fast as it can work. A service with a full queue gets no more requests: the caller is told
        // so at once and asks again, and the service keeps its place for other messages.
        if connection.output.count > ProtocolLimits.servicePendingBytesMax, connection.name.isService,
            let sender, !sender.name.isService
        {
            return false
        }
        // A status without its headers would look like an empty answer.
        return connection.options.headers || message.status == nil
    }

    func deliver(_ message: PublicationView, to subscription: BrokerSubscription) {
        let connection = subscription.connection
        if connection.permissions.answersOnce, let reply = message.reply { connection.remember(reply: reply) }
        subscription.sid.withUnsafeBytes { sid in
            let headers = connection.options.headers ? message.headers : nil
            if let tail = message.tail, connection.options.headers || message.headers == nil {
                connection.output.append(message: message, tail: tail, sid: sid)
            } else {
                connection.output.append(message: message, headers: headers, sid: sid)
            }
        }
        connection.messagesOut += 1
        connection.bytesOut += message.bytesCount
        subscription.delivered += 1
        if subscription.delivered == subscription.max { remove(subscription) }
        outputGrew(connection)
    }

    // MARK: Requests to the broker

    /// Answers `svc.broker.<operation>`; an unknown operation is answered as one that nobody serves.
    private func answer(_ operation: String, _ message: PublicationView, _ connection: BrokerConnection) {
        guard let reply = message.reply else { return }
        let told = min(connections.count, ProtocolLimits.connectionsToldMax)
        work += ProtocolLimits.workOfJSON + told * ProtocolLimits.workOfJSON / 10
        switch operation {
        case Broker.Children.name:
            say(JSON.encode(Broker.Children.Reply(children: connections.compactMap(\.child)))[...], to: reply)
        case Broker.Stats.name: say(JSON.encode(stats)[...], to: reply)
        case _: missedEverybody(message, connection)
        }
    }

    private var stats: Broker.Stats.Reply {
        let told = connections.prefix(ProtocolLimits.connectionsToldMax)
        return Broker.Stats.Reply(
            connections: told.map(\.stats), omitted: connections.count - told.count, subscriptions: subscriptions.count,
            heldBytes: heldBytes, slowConsumers: slowConsumersCount)
    }

    private func text(_ bytes: RawBytes) -> String { String(decoding: bytes, as: UTF8.self) }
}
