extension Gateway {
    /// `nearby`: the model servers that listen on this machine at their usual ports and are not configured. They are
    /// asked for their models, and never used unasked.
    public enum Nearby: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.llm, name = "nearby"

        /// The servers.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their presets.
            public var servers: [NearbyServer]

            /// A reply.
            public init(servers: [NearbyServer]) { self.servers = servers }
        }
    }
}

/// A model server that listens on this machine.
public struct NearbyServer: Codable, Sendable, Hashable {
    /// The preset that it is, such as `ollama`.
    public var name: String
    /// The base URL of its API.
    public var url: String
    /// The models that it offers, as it names them.
    public var models: [String]

    /// A server.
    public init(name: String, url: String, models: [String]) {
        self.name = name
        self.url = url
        self.models = models
    }
}
