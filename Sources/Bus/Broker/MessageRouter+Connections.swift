import JSON
import Services

extension MessageRouter {
    // MARK: Opening

    /// Opens the connection of a child. An earlier life of it that still has one loses it.
    public func open(child: ChildIdentity, name: Principal) -> BrokerConnection {
        for other in connections where other.child?.name == child.name { end(other, .childExited) }
        return open(name: name, child: child, pid: child.pid)
    }

    /// Opens the connection of a person.
    public func open(person name: Principal, pid: Int32) -> BrokerConnection { open(name: name, child: nil, pid: pid) }

    private func open(name: Principal, child: ChildIdentity?, pid: Int32) -> BrokerConnection {
        // What people may do does not depend on the connection: a thousand of one person's have it once.
        let known = connections.last { $0.child == nil && $0.name == name && child == nil }
        let connection = BrokerConnection(
            id: nextID(), name: name, child: child, pid: pid, permissions: known?.permissions, serverID: serverID,
            pool: pool)
        let info = ServerInfo(
            serverID: serverID, clientID: connection.id, name: name.description,
            inboxPrefix: connection.inboxPrefix.description)
        return admit(connection, info)
    }

    /// Opens the connection of a client over TCP, which may do nothing before CONNECT with a token.
    ///
    /// - Parameters:
    ///   - address: Where it comes from, `127.0.0.1:50000`.
    ///   - listener: Where it came to.
    public func open(client address: String, at listener: LoopbackAddress) -> BrokerConnection {
        let connection = BrokerConnection(
            id: nextID(), name: .client(""), address: address, serverID: serverID, pool: pool)
        var info = ServerInfo(serverID: serverID, clientID: connection.id)
        (info.host, info.port, info.authRequired) = (listener.host, listener.port, true)
        info.clientIP = listener.host
        // Whoever keeps silent gives way to whoever comes.
        if unauthorizedCount >= ProtocolLimits.unauthorizedMax,
            let oldest = connections.first(where: { !$0.isAuthorized })
        {
            violate(oldest, .authorizationTimeout)
        }
        return admit(connection, info)
    }

    private func nextID() -> UInt64 {
        connectionsMade += 1
        return connectionsMade
    }

    private func admit(_ connection: BrokerConnection, _ info: ServerInfo) -> BrokerConnection {
        connections.append(connection)
        send(.info(JSON.encode(info)[...]), to: connection)
        // Children always find a place: there are as many as eggheadd makes.
        if connection.child == nil, connections.count(where: { $0.child == nil }) > ProtocolLimits.connectionsMax {
            violate(connection, .tooManyConnections)
        }
        return connection
    }

    /// Sets who may come in over TCP: the token of each client's name. Whoever came in with another one is ended.
    public func setTokens(_ tokens: [String: String]) {
        self.tokens = tokens
        for connection in connections {
            if let token = connection.token, tokens[connection.name.name] != token {
                violate(connection, .authorization)
            }
        }
    }

    /// How many clients over TCP have not shown a token yet.
    var unauthorizedCount: Int { connections.count { !$0.isAuthorized } }

    /// Ends a client over TCP that has not shown its token in time.
    public func authorizationIsDue(_ connection: BrokerConnection) {
        if !connection.isAuthorized { violate(connection, .authorizationTimeout) }
    }

    // MARK: Ending

    /// Ends a connection: its subscriptions go at once. Ending it again is without effect.
    public func end(_ connection: BrokerConnection, _ ending: Ending) {
        guard !connection.isEnded else { return }
        connection.isEnded = true
        for subscription in connection.subscriptions.values { subscriptions.remove(subscription) }
        connection.subscriptions.removeAll()
        connections.removeAll { $0 === connection }
        connection.subscriptionBytes = 0
        countHeld(connection)
        if ending == .slowConsumer { slowConsumersCount += 1 }
        effects.append(.close(connection, ending))
    }

    /// Lets go of what an ended connection has held. Not before the turn's end: it may have ended in the middle of its
    /// own message, whose bytes and route are being used.
    public func discard(_ connection: BrokerConnection) {
        connection.input.removeAll()
        connection.output.removeAll()
        connection.routes = RouteCache()
    }

    /// Ends the connection of one life of a child, whoever still holds a copy of its descriptor.
    public func childExited(_ name: String, incarnation: Int) {
        for connection in connections
        where connection.child?.name == name && connection.child?.incarnation == incarnation {
            end(connection, .childExited)
        }
    }

    /// Asks every connection whether it is still there, and ends those that have not answered for too long.
    public func ping() {
        for connection in connections {
            if connection.unansweredPings >= ProtocolLimits.unansweredPingsMax {
                violate(connection, .staleConnection)
            } else {
                connection.unansweredPings += 1
                send(.ping, to: connection)
            }
        }
    }

    // MARK: CONNECT

    /// Takes what a client asks for.
    func connect(_ connection: BrokerConnection, _ json: RawBytes) throws(ProtocolViolation) {
        work += ProtocolLimits.workOfJSON
        guard let request = try? JSON.decode(ConnectRequest.self, from: Array(json)) else {
            throw .unknownOperation
        }
        if connection.address != nil { try authorize(connection, request.token) }
        connection.options.apply(request)
        if connection.options.noResponders, !connection.options.headers { throw .noRespondersWithoutHeaders }
        if let level = request.protocolLevel, !(0...1).contains(level) { throw .unknownProtocolLevel }
        confirm(connection)
    }

    private func authorize(_ connection: BrokerConnection, _ shown: String?) throws(ProtocolViolation) {
        if shown == nil, connection.isAuthorized { return }  // a later CONNECT need not show it again
        guard let shown else { throw .authorization }
        // Every token is compared to its end, so that the time taken tells nothing about them.
        var found: (name: String, token: String)?
        for (name, token) in tokens where Self.isSame(shown, token) { found = (name, token) }
        guard let found, !connection.isAuthorized || connection.token == found.token else { throw .authorization }
        connection.authorize(as: .client(found.name), token: found.token)
    }

    private static func isSame(_ shown: String, _ token: String) -> Bool {
        let shown = Array(shown.utf8), token = Array(token.utf8)
        guard shown.count == token.count else { return false }
        return zip(shown, token).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
