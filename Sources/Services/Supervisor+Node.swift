// What an operator asks of a node as a whole.

extension Supervisor {
    /// `node`: which node this is, and what a reload would refuse now.
    public enum Node: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.eggheadd, name = "node"

        /// The node.
        public struct Reply: Codable, Sendable, Hashable {
            /// The version of eggheadd.
            public var version: String
            /// The process of eggheadd.
            public var pid: Int32
            /// Since when it runs, RFC 3339.
            public var since: String
            /// Its `config.yml`, whether it is there or not.
            public var configFile: String
            /// Where its records are.
            public var recordsDirectory: String
            /// Where its state is.
            public var stateDirectory: String
            /// Where its sockets are.
            public var runDirectory: String
            /// What is wrong with the configuration as it is on the disk now.
            public var problems: [String]

            /// A node.
            public init(
                version: String, pid: Int32, since: String, configFile: String, recordsDirectory: String,
                stateDirectory: String, runDirectory: String, problems: [String]
            ) {
                self.version = version
                self.pid = pid
                self.since = since
                self.configFile = configFile
                self.recordsDirectory = recordsDirectory
                self.stateDirectory = stateDirectory
                self.runDirectory = runDirectory
                self.problems = problems
            }
        }
    }

    /// `reload`: reads the configuration again. It is refused as `failed` with everything that is wrong; the old one
    /// stays in force then.
    public enum Reload: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        /// The new configuration is in force.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "reload"
    }

    /// `shut_down`: stops every child in order, then eggheadd. It is answered when the stop begins; the end closes the
    /// connection.
    public enum ShutDown: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        /// The stop has begun.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "shut_down"
    }
}
