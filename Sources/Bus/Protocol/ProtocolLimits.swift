/// Limits of the protocol and of the broker. Each has a defined answer when it is reached, never growth.
public enum ProtocolLimits {
    /// The longest line of the protocol after the name of its operation, as in NATS; a longer one ends the connection.
    public static let controlLineBytesMax = 4_096
    /// The longest subject, pattern or reply subject. Two of them and a sid are much shorter than a control line, so
    /// that no receiver has to refuse what the broker passes on.
    public static let subjectBytesMax = 1_024
    /// The most tokens of a subject or a pattern: each costs a node in the broker's tree.
    public static let subjectTokensMax = 32
    /// The longest id of a subscription.
    public static let sidBytesMax = 64
    /// The longest name of an operation of eggheadd.
    public static let operationBytesMax = 64
    /// The longest payload, headers included, as in NATS (`max_payload`); a longer one ends the connection.
    public static let payloadBytesMax = 1_048_576
    /// The most bytes that may wait for one connection to read them; a slow consumer is disconnected.
    public static let pendingBytesMax = 32 * 1_048_576
    /// How long a connection may read none of the bytes that wait for it, as in NATS (`write_deadline`); then it is a
    /// slow consumer.
    public static let writeDeadline = Duration.seconds(10)
    /// The most bytes that wait for all connections, incomplete frames included; the name with the most is
    /// disconnected.
    public static let heldBytesMax = 256 * 1_048_576
    /// The most bytes of emptied buffers that the broker keeps while messages stream.
    public static let spareBytesMax = 16 * 1_048_576
    /// The bytes of one read, so that a busy peer does not hold the broker.
    public static let readBytesMax = 131_072
    /// The work for one connection in a turn, in deliveries or equivalents: a millisecond or two. The rest of its input
    /// waits for the next turn.
    static let workPerTurnMax = 20_000
    /// The equivalent of reading or writing a JSON object, in deliveries.
    static let workOfJSON = 500
    /// The equivalent of a refusal that is reported, in deliveries.
    static let workOfRefusal = 100
    /// The equivalent of adding or ending a subscription, after which routes are computed again, in deliveries.
    static let workOfSubscription = 20
    /// The output that the messages of one read gather before it is written, in bytes.
    static let gatheredBytesMax = 2 * 1_048_576
    /// The bytes of agents and people that may wait for a service; more is answered as if nobody served it.
    public static let servicePendingBytesMax = pendingBytesMax / 2
    /// The most subscriptions of one connection; a further one is refused.
    public static let subscriptionsPerConnectionMax = 4_096
    /// The most subscriptions of an agent, which needs a handful.
    public static let subscriptionsPerAgentMax = 64
    /// The most connections; a further one is closed at once.
    public static let connectionsMax = 4_096
    /// The most connections that `svc.broker.stats` lists, so that its answer fits a message.
    static let connectionsToldMax = 1_024
    /// The most requests whose reply the broker remembers for an agent; older ones cannot be answered any more.
    public static let rememberedRepliesMax = 256
    /// The most requests passed on to eggheadd and not answered yet; a further one is refused.
    public static let supervisorRequestsMax = 256
    /// How long a client over TCP may take to send its token.
    public static let authorizationWait = Duration.seconds(5)
    /// The most clients over TCP that have not sent it yet; a further one ends the oldest.
    public static let unauthorizedMax = 256
    /// The most PINGs without an answer, as in NATS; then the connection is stale.
    public static let unansweredPingsMax = 2
    /// How often the broker sends a PING, as in NATS.
    public static let pingInterval = Duration.seconds(120)
}
