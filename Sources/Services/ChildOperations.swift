// OTP's calls on a supervisor, with OTP's names and OTP's answers.
//
// See: OTP supervisor, `start_child/2` to `count_children/1`

extension Supervisor {
    /// How a call on a child ended, once the action has ended.
    public struct ChildReply: Codable, Sendable, Hashable {
        /// OTP's word: `ok`, `not_found`, `running`, `restarting`, `already_started`, `already_present`.
        public var word: String

        /// A reply.
        public init(word: String) { self.word = word }
    }

    /// `start_child`: adds a child to a supervisor and starts it.
    public enum StartChild: ServiceOperation {
        /// Which supervisor, and what.
        public struct Request: Codable, Sendable, Hashable {
            /// The supervisor's name.
            public var supervisor: String
            /// The child, with the keys of a tree file.
            public var spec: JSONValue

            /// A request.
            public init(supervisor: String, spec: JSONValue) {
                self.supervisor = supervisor
                self.spec = spec
            }
        }

        /// See `ChildReply`.
        public typealias Reply = ChildReply
        public static let service = ServiceName.eggheadd, name = "start_child"
    }

    /// `terminate_child`: stops a child, which stays known.
    public enum TerminateChild: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// See `ChildReply`.
        public typealias Reply = ChildReply
        public static let service = ServiceName.eggheadd, name = "terminate_child"
    }

    /// `restart_child`: starts a child that is down for good.
    public enum RestartChild: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// See `ChildReply`.
        public typealias Reply = ChildReply
        public static let service = ServiceName.eggheadd, name = "restart_child"
    }

    /// `delete_child`: forgets a child that is down for good.
    public enum DeleteChild: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// See `ChildReply`.
        public typealias Reply = ChildReply
        public static let service = ServiceName.eggheadd, name = "delete_child"
    }

    /// `which_children`: the children of one supervisor, in start order.
    public enum WhichChildren: ServiceOperation {
        /// The supervisor.
        public typealias Request = NameRequest
        /// Its children, without theirs.
        public typealias Reply = List.Reply
        public static let service = ServiceName.eggheadd, name = "which_children"
    }

    /// `count_children`: how many children one supervisor has.
    public enum CountChildren: ServiceOperation {
        /// The supervisor.
        public typealias Request = NameRequest
        public static let service = ServiceName.eggheadd, name = "count_children"

        /// OTP's four numbers.
        public struct Reply: Codable, Sendable, Hashable {
            /// The children, whether they run or not.
            public var specs: Int
            /// Those that run.
            public var active: Int
            /// Those that are supervisors.
            public var supervisors: Int
            /// Those that are workers.
            public var workers: Int

            /// The numbers of these children.
            public init(of children: [ChildStatus]) {
                specs = children.count
                active = children.count { $0.isActive }
                supervisors = children.count { $0.kind == .supervisor }
                workers = children.count { $0.kind == .worker }
            }
        }
    }

    /// `signal`: sends a signal to a child's main process. What follows is what follows when anybody else sends it.
    public enum Signal: ServiceOperation {
        /// Whom, and which.
        public struct Request: Codable, Sendable, Hashable {
            /// The child's name in the tree.
            public var name: String
            /// The signal: `HUP`, `SIGHUP` or `1`.
            public var signal: String

            /// A request.
            public init(name: String, signal: String) {
                self.name = name
                self.signal = signal
            }
        }

        /// Sent.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "signal"
    }
}

extension ChildStatus {
    /// Whether something of it runs.
    public var isActive: Bool {
        switch state {
        case .starting, .ready, .stopping: true
        case .backoff, .quarantined, .misconfigured, .stopped: false
        }
    }
}
