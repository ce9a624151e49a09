/// What `svc.broker.…` answers.
public enum Broker {
    /// `children`: the children with a connection, for whoever missed `sys.child`.
    public enum Children: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.broker, name = "children"

        /// The children alive.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their attachment.
            public var children: [ChildIdentity]

            /// A reply.
            public init(children: [ChildIdentity]) { self.children = children }
        }
    }

    /// `stats`: who is connected, what they said and heard, and what waits.
    public enum Stats: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.broker, name = "stats"

        /// The numbers since the broker's start.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their opening, as many as one message holds.
            public var connections: [Connection]
            /// How many there are more.
            public var omitted: Int
            /// The subscriptions of all.
            public var subscriptions: Int
            /// How many bytes wait for connections, or for the rest of a frame.
            public var heldBytes: Int
            /// How many connections were closed because they did not read.
            public var slowConsumers: Int

            /// A reply.
            public init(
                connections: [Connection], omitted: Int, subscriptions: Int, heldBytes: Int, slowConsumers: Int
            ) {
                self.connections = connections
                self.omitted = omitted
                self.subscriptions = subscriptions
                self.heldBytes = heldBytes
                self.slowConsumers = slowConsumers
            }
        }

        /// One connection. A message's bytes are those of its headers and its payload.
        public struct Connection: Codable, Sendable, Hashable {
            /// Counts connections, from 1.
            public var id: UInt64
            /// The name on the bus, which the connection did not choose.
            public var name: String
            /// Its process, as of the connection's opening; nil for one over TCP.
            public var pid: Int32?
            /// Where it comes from; nil for one that does not come over TCP.
            public var address: String?
            /// Its subscriptions.
            public var subscriptions: Int
            /// What it published.
            public var messagesIn: Int, bytesIn: Int
            /// What was put on its way to it.
            public var messagesOut: Int, bytesOut: Int
            /// How many bytes wait for it.
            public var pendingBytes: Int

            /// A connection that has said and heard nothing.
            public init(id: UInt64, name: String, pid: Int32?, address: String?, subscriptions: Int, pendingBytes: Int)
            {
                (self.id, self.name, self.pid, self.address) = (id, name, pid, address)
                (self.subscriptions, self.pendingBytes) = (subscriptions, pendingBytes)
                (messagesIn, bytesIn, messagesOut, bytesOut) = (0, 0, 0, 0)
            }
        }
    }
}
