import JSON
import Services

extension MessageRouter {
    // MARK: Opening

    /// Opens the connection of a child, and ends one of an earlier incarnation.
    public func open(child: ChildIdentity, name: Principal) -> BrokerConnection {
        for other in connections where other.child?.name == child.name { end(other, .childExited) }
        return open(name: name, child: child, pid: child.pid)
    }

    /// Opens the connection of a person.
    public func open(person name: Principal, pid: Int32) -> BrokerConnection { open(name: name, child: nil, pid: pid) }

    private func open(name: Principal, child: ChildIdentity?, pid: Int32) -> BrokerConnection {
        // People's permissions do not depend on the connection: the connections of one person share one value.
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
    ///   - address: The peer's address, such as `127.0.0.1:50000`.
    ///   - listener: The address that it connected to.
    public func open(client address: String, at listener: LoopbackAddress) -> BrokerConnection {
        let connection = BrokerConnection(
            id: nextID(), name: .client(""), address: address, serverID: serverID, pool: pool)
        var info = ServerInfo(serverID: serverID, clientID: connection.id)
        (info.host, info.port, info.authRequired) = (listener.host, listener.port, true)
        info.clientIP = listener.host
        // The oldest client without a token makes room for the new one.
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
        // Children are always accepted: there are as many as eggheadd makes.
        if connection.child == nil, connections.count(where: { $0.child == nil }) > ProtocolLimits.connectionsMax {
            violate(connection, .tooManyConnections)
        }
        return connection
    }

    /// Sets the clients over TCP: the token of each name. Connections with another token are ended.
    public func setTokens(_ tokens: [String: String]) {
        self.tokens = tokens
        for connection in connections {
            if let token = connection.token, tokens[connection.name.name] != token {
                violate(connection, .authorization)
            }
        }
    }

    /// The number of clients over TCP that have not sent a token yet.
    var unauthorizedCount: Int { connections.count { !$0.isAuthorized } }

    /// Ends a client over TCP that has not sent its token in time.
    public func authorizationIsDue(_ connection: BrokerConnection) {
        if !connection.isAuthorized { violate(connection, .authorizationTimeout) }
    }

    // MARK: Ending

    /// Ends a connection: its subscriptions are removed at once. Ending it again has no effect.
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

    /// Releases the memory of an ended connection, not before the end of the turn: it may have ended during its own
    /// message, whose bytes and route are in use.
    public func discard(_ connection: BrokerConnection) {
        connection.input.removeAll()
        connection.output.removeAll()
        connection.routes = RouteCache()
    }

    /// Ends the connection of one incarnation of a child, also if another process holds a copy of its descriptor.
    public func childExited(_ name: String, incarnation: Int) {
        for connection in connections
        where connection.child?.name == name && connection.child?.incarnation == incarnation {
            end(connection, .childExited)
        }
    }

    /// Sends a PING to every connection, and ends those that have not answered for too long.
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

    /// Applies the options of a client's CONNECT.
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
        // Every token is compared to its end, so that the time of the comparison reveals nothing about them.
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
