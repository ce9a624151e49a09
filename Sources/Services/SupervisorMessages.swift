// The parent channel: one SOCK_SEQPACKET socketpair between eggheadd and each child of the built-in tree. A datagram is
// one JSON object with a `type`, at most `ParentChannelLimits.messageBytesMax` long, with at most one descriptor beside
// it (SCM_RIGHTS). End-of-file means that the other side has gone: a child leaves, eggheadd waits for the wait status.
//
//   eggheadd → child    configuration   always the first message, and again after a reload
//                       bus             +descriptor: the child's connection to the broker; again after a broker restart
//   eggheadd → broker   attach          +descriptor: the broker's end of a child's connection
//                       child           a lifecycle event, to be published on sys.child.<name>
//                       peer            who a peer on the listening socket is
//                       reply           the answer to a request that the broker passed on, in parts
//                       refusal         the refusal of such a request
//   broker → eggheadd   peerQuestion    +pidfd: who is this?
//                       request         an operator's request from svc.eggheadd.<operation>
//   store → eggheadd    declare         the full set of agents that should exist, in parts

/// Bounds of the parent channel.
public enum ParentChannelLimits {
    /// The longest message, in bytes; it fits the kernel's default send buffer (212,992) with room for its bookkeeping.
    public static let messageBytesMax = 65_536
    /// The longest part of a reply's text, in bytes; escaping may make it three times as long in the message.
    public static let replyBytesPerPartMax = 16_384
}

/// What eggheadd tells a child.
public enum SupervisorMessage: Codable, Sendable, Hashable {
    /// Who the child is and its part of the configuration; the first message on every channel.
    case configuration(ChildConfiguration)
    /// The descriptor beside it is the child's own connection to the broker.
    case bus
    /// To the broker: the descriptor beside it is the connection of this child.
    case attach(ChildIdentity)
    /// To the broker: something happened to a child.
    case child(ChildEvent)
    /// To the broker: the answer to its `peerQuestion`. No name: nobody, close the connection.
    case peer(id: Int, name: Principal?)
    /// To the broker: part `part` (from 0) of `of` of the JSON text that answers a request.
    case reply(id: Int, part: Int, of: Int, text: String)
    /// To the broker: why a request is refused.
    case refusal(id: Int, failure: ServiceFailure)
}

/// What a child tells eggheadd.
public enum ChildMessage: Codable, Sendable, Hashable {
    /// From the broker: who is the process behind the pidfd beside it? Answered by `peer` with the same id.
    case peerQuestion(id: Int, pid: Int32, uid: UInt32)
    /// From the broker: an operator asks eggheadd for something. Answered by the parts of a `reply`, or by a
    /// `refusal`, with the same id.
    case request(id: Int, from: Principal, operation: String, payload: JSONValue)
    /// From the store: part `part` (from 0) of `of` of the set of agents that should exist.
    case declare(part: Int, of: Int, agents: [AgentDeclaration])
}

/// A child and which of its lives this is.
public struct ChildIdentity: Codable, Sendable, Hashable {
    /// The child's name in the tree, which is its name on the bus.
    public var name: String
    /// Counts forks of this child, from 1.
    public var incarnation: Int
    /// Its process.
    public var pid: Int32

    /// A child's identity.
    public init(name: String, incarnation: Int, pid: Int32) {
        self.name = name
        self.incarnation = incarnation
        self.pid = pid
    }
}

/// What every child of the built-in tree is told at birth.
public struct ChildConfiguration: Codable, Sendable, Hashable {
    /// The child's name in the tree and on the bus, for example `agent:scout`.
    public var name: String
    /// Which life of the child this is, from 1.
    public var incarnation: Int
    /// The settings of this kind of child; its type depends on the child (`StoreSettings` and so on).
    public var settings: JSONValue

    /// A configuration.
    public init(name: String, incarnation: Int, settings: JSONValue) {
        self.name = name
        self.incarnation = incarnation
        self.settings = settings
    }
}

/// One agent that should exist.
public struct AgentDeclaration: Codable, Sendable, Hashable {
    /// The record's id; the child is called `agent:<id>`.
    public var id: AgentID
    /// A hash of everything in the record that needs a new process when it changes; nil when the record says nothing
    /// that can be understood: whoever is there stays, and nobody is started.
    public var digest: String?
    /// What its process may use; nil leaves it at what the tree says.
    public var limits: ResourceLimits?

    /// A declaration.
    public init(id: AgentID, digest: String?, limits: ResourceLimits? = nil) {
        self.id = id
        self.digest = digest
        self.limits = limits
    }
}
