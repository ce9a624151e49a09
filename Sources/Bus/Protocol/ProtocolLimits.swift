/// Bounds of the protocol and of the broker. Each has a defined answer when it is reached, never growth.
public enum ProtocolLimits {
    /// The longest line of the protocol without its payload, as in NATS; a longer one ends the connection.
    public static let controlLineBytesMax = 4_096
    /// The longest payload, headers included, as in NATS (`max_payload`); a longer one ends the connection.
    public static let payloadBytesMax = 1_048_576
    /// What may wait to be read by one connection; a slow consumer is disconnected.
    public static let pendingBytesMax = 32 * 1_048_576
    /// The most subscriptions of one connection; a further one is refused.
    public static let subscriptionsPerConnectionMax = 4_096
    /// The most connections; a further one is closed at once.
    public static let connectionsMax = 4_096
    /// The most requests whose reply the broker remembers for an agent; older ones cannot be answered any more.
    public static let rememberedRepliesMax = 256
    /// The most requests passed on to eggheadd and not answered yet; a further one is refused.
    public static let supervisorRequestsMax = 256
    /// The most PINGs without an answer, as in NATS; then the connection is stale.
    public static let unansweredPingsMax = 2
    /// How often the broker sends a PING, as in NATS.
    public static let pingInterval = Duration.seconds(120)
}
