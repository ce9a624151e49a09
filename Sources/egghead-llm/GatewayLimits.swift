import Models

/// Bounds of what this process keeps and does. What a provider may send is bounded by `ModelLimits`.
enum GatewayLimits {
    /// The most calls that run or wait; one more is refused.
    static let callsMax = 256
    /// The most calls at a time to a provider elsewhere; others wait their turn.
    static let callsPerProviderMax = 32
    /// The same for a model server that eggheadd runs. Such a server has one slot as a rule and says nothing to those
    /// who wait for it, which would look like a dead stream: they wait here.
    static let callsPerSupervisedProviderMax = 1
    /// How long a call waits in line, or for its next attempt, between two signs of life to its asker.
    static let waitingSign: Duration = .seconds(15)
    /// How long calls wait for a model that wants to be left alone.
    static let pauseWaitedMax = RetryPolicy().retryAfterMax
    /// How long an ended answer is kept for an asker who joins again.
    static let answerKept: Duration = .seconds(60)
    /// The most ended answers that are kept; the oldest goes first.
    static let answersKeptMax = 256
    /// The most text of ended answers that is kept, in bytes; the oldest goes first.
    static let answerBytesKeptMax = 16 * 1_048_576
    /// How long after the bus has come back every living process has its connection again, so that a list of them can
    /// be believed.
    static let reattachment: Duration = .seconds(5)
    /// How long a provider may take for the list of its models.
    static let modelListTime: Duration = .seconds(20)
    /// How long a server on this machine may take for that, which nobody has configured.
    static let nearbyTime: Duration = .milliseconds(700)
    /// How many models of such a server are told.
    static let nearbyModelsMax = 100
    /// How long a program that prints a key may take.
    static let keyCommandTime: Duration = .seconds(20)
    /// How long after a key was read it is not read again because it was refused.
    static let keyPause: Duration = .seconds(60)
    /// How much of a file with a key, and of what a program prints, is read, in bytes; keys of cloud vendors have some
    /// thousand.
    static let keyBytesMax = 16_384
    /// The most idle connections that are kept open.
    static let connectionsKeptMax = 32
    /// Of how many models it is known what they refuse; it is learned again when there are more.
    static let modelsKnownMax = 256
}
