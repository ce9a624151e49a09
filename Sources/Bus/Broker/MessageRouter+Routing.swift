import Services

extension MessageRouter {
    // MARK: SUB, UNSUB

    /// Adds a subscription; a second one with the same sid is ignored, as in NATS.
    ///
    /// - Returns: Whether it was not refused.
    func subscribe(_ connection: BrokerConnection, _ pattern: Bytes, queue: Bytes?, sid: Bytes) -> Bool {
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
        guard connection.subscriptions[sid] == nil else { return true }
        let isAgents = connection.name.kind == .agent
        let most =
            isAgents ? ProtocolLimits.subscriptionsPerAgentMax : ProtocolLimits.subscriptionsPerConnectionMax
        guard connection.subscriptions.count < most else {
            refuse(connection, "maximum subscriptions exceeded")
            return false
        }
        let subscription = BrokerSubscription(connection: connection, pattern: pattern, queue: queue, sid: sid)
        connection.subscriptions[subscription.sid[...]] = subscription
        subscriptions.insert(subscription)
        return true
    }

    /// Ends a subscription, at once or after so many messages in all.
    func unsubscribe(_ connection: BrokerConnection, sid: Bytes, max: Int?) {
        guard let subscription = connection.subscriptions[sid] else { return }
        if let max, max > subscription.delivered {
            subscription.max = max
        } else {
            remove(subscription)
        }
    }

    private func remove(_ subscription: BrokerSubscription) {
        subscription.connection.subscriptions[subscription.sid[...]] = nil
        subscriptions.remove(subscription)
    }

    // MARK: PUB

    /// Checks a message and routes it.
    func publish(_ publication: Publication, from connection: BrokerConnection) throws(ProtocolViolation) {
        if publication.headers != nil, !connection.options.headers { throw .headersNotSupported }
        guard mayPublish(publication, connection) else { return }
        confirm(connection)
        if connection.options.pedantic, !SubjectSyntax.isLiteral(publication.subject) {
            refuse(connection, "Invalid Publish Subject")
        }
        guard SubjectSyntax.isWellFormed(publication.subject), publication.reply.map(SubjectSyntax.isWellFormed) ?? true
        else { return }
        if answerInPlace(publication, connection) { return }
        let isDelivered = route(publication, from: connection)
        if !isDelivered, let reply = publication.reply, connection.options.headers, connection.options.noResponders {
            // To the reply subject rather than to the publisher: of a request that a service has passed on, the asker
            // learns that nobody serves it.
            route(Publication(subject: reply, headers: FrameText.noResponders[...], payload: []), from: nil)
        }
    }

    private func mayPublish(_ publication: Publication, _ connection: BrokerConnection) -> Bool {
        let permissions = connection.permissions
        guard
            permissions.mayPublish(to: publication.subject)
                || permissions.answersOnce && connection.takeRemembered(reply: publication.subject)
        else {
            deny(connection, "Permissions Violation for Publish to \"\(text(publication.subject))\"")
            return false
        }
        if let reply = publication.reply, !permissions.mayReply(to: reply) {
            deny(connection, "Permissions Violation for Publish with Reply of \"\(text(reply))\"")
            return false
        }
        return true
    }

    /// Delivers a message to every subscription that wants it, and to one member of each queue group.
    ///
    /// - Parameters:
    ///   - sender: Who published it; nil for the broker itself.
    /// - Returns: Whether anybody got it.
    @discardableResult
    func route(_ publication: Publication, from sender: BrokerConnection?) -> Bool {
        var isDelivered = false
        var groups: [(queue: [UInt8], members: [BrokerSubscription])] = []
        for subscription in subscriptions.matches(publication.subject) where wants(subscription, publication, sender) {
            guard let queue = subscription.queue else {
                deliver(publication, to: subscription)
                isDelivered = true
                continue
            }
            if let index = groups.firstIndex(where: { $0.queue == queue }) {
                groups[index].members.append(subscription)
            } else {
                groups.append((queue, [subscription]))
            }
        }
        for group in groups {
            guard let next = group.members.min(by: { $0.servedAt < $1.servedAt }) else { continue }
            queueTurn += 1
            next.servedAt = queueTurn
            deliver(publication, to: next)
        }
        return isDelivered || !groups.isEmpty
    }

    private func wants(
        _ subscription: BrokerSubscription, _ publication: Publication, _ sender: BrokerConnection?
    ) -> Bool {
        let connection = subscription.connection
        if connection === sender, !connection.options.echo { return false }
        // A service reads as fast as it can work. One that has its hands full serves nobody more: the asker hears so at
        // once and asks again, and the service does not lose its place for what others send.
        if let sender, !sender.name.isService, connection.name.isService,
            connection.output.count > ProtocolLimits.servicePendingBytesMax
        {
            return false
        }
        // A status without its headers would look like an empty answer.
        return connection.options.headers || publication.status == nil
    }

    private func deliver(_ publication: Publication, to subscription: BrokerSubscription) {
        let connection = subscription.connection
        if let reply = publication.reply, connection.permissions.answersOnce { connection.remember(reply: reply) }
        var publication = publication
        if !connection.options.headers { publication.headers = nil }
        send(.message(publication, sid: subscription.sid[...]), to: connection)
        subscription.delivered += 1
        if subscription.delivered == subscription.max { remove(subscription) }
    }

    // MARK: Requests to the broker and to eggheadd

    /// Answers `svc.broker.children` and passes `svc.eggheadd.<operation>` on; neither has a subscriber.
    ///
    /// - Returns: Whether the message was one of these.
    private func answerInPlace(_ publication: Publication, _ connection: BrokerConnection) -> Bool {
        guard publication.subject.starts(with: Self.servicePrefix), let reply = publication.reply else { return false }
        var tokens = publication.subject.dropFirst(Self.servicePrefix.count)
        guard let service = SubjectSyntax.nextToken(&tokens), let operation = SubjectSyntax.nextToken(&tokens) else {
            return false
        }
        if service.elementsEqual(ServiceName.eggheadd.rawValue.utf8) {
            askSupervisor(
                from: connection.name, operation: text(operation), payload: publication.payload, reply: reply)
            return true
        }
        let isChildren = operation.elementsEqual(Broker.Children.name.utf8)
        guard isChildren, service.elementsEqual(ServiceName.broker.rawValue.utf8) else { return false }
        let children = Broker.Children.Reply(children: connections.compactMap(\.child))
        route(Publication(subject: reply, payload: ProtocolJSON.encode(children)), from: nil)
        return true
    }

    private static let servicePrefix = Array("svc.".utf8)

    private func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
}
