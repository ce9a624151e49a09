/// Every bound of an agent's process, in one place.
enum AgentLimits {
    /// How long one try of a request may take.
    static let requestDeadline = Duration.seconds(5)
    /// How long after a failure that may pass a request is made again.
    static let requestPause = Duration.seconds(1)
    /// How long a question is asked again, from its first try on; longer than a restart of the service takes.
    static let questionPatience = Duration.seconds(30)
    /// How long after a failure the hello is said again.
    static let helloPause = Duration.seconds(1)
    /// How long after a report of a turn's progress the next one may follow.
    static let progressPause = Duration.seconds(10)
    /// The passages that a question is answered from.
    static let passagesMax = 3
    /// The tokens of a grounded answer's own words, unless the record says otherwise: beyond a few sentences a small
    /// model repeats itself, and a slow machine takes a second for a few tokens.
    static let groundedWordsTokensMax = 96
    /// The same when the notes hold nothing: such words are of little use.
    static let ungroundedWordsTokensMax = 40
    /// The tool calls that run in one turn; further ones are refused, and the model is told to answer.
    static let toolCallsMax = 32
    /// How often a model may call tools in one turn before the turn fails: it has been told to answer by then.
    static let toolStepsMax = 40
    /// The most of what a model says before a call that people are told who are asked about it, in bytes.
    static let reasonBytesMax = 1_000
    /// How long after a tool was found to run still for a predecessor it is looked at again.
    static let callsPause = Duration.seconds(1)
    /// How often it is looked at, some ten times as long as a tool may take.
    static let callsLooksMax = 300
    /// The tokens of a hand-off note.
    static let noteTokensMax = 300
    /// The most of a window that is used: a conversation has to fit one message on the bus (1 MiB), at four bytes a
    /// token and with JSON's escapes.
    static let windowTokensMax = 180_000
    /// The smallest window that a provider is believed to have.
    static let windowTokensMin = 512
    /// The tokens that are kept free for an answer when the record sets no bound.
    static let answerTokensReserved = 1_024
    /// The events on the first page of a room's history.
    static let historyEventsMax = 100
    /// The events on a page that fills a gap.
    static let gapEventsMax = 500
    /// How often a chat stream that broke on its way over the bus is joined again before the turn fails.
    static let rejoinsMax = 5
    /// How long after such a break it is joined again.
    static let rejoinDelay = Duration.seconds(1)
    /// After this silence a chat stream is joined again.
    static let streamSilence = Duration.seconds(30)
    /// How many ended turns are remembered, so that a late repetition does not run again.
    static let endedTurnsMax = 64
    /// How long a hand-off waits for the turns of other rooms.
    static let otherTurnsWait = Duration.seconds(120)
    /// How long the model has for the notes of a hand-off, all sessions together.
    static let noteWait = Duration.seconds(60)
    /// How long after a refusal the deliberation is offered again.
    static let saveRetry = Duration.seconds(5)
    /// The longest text of a deliberation's part, in bytes: the store takes records of 512 KiB.
    static let deliberationBytesMax = 450_000
    /// The shortest parts that it is offered in, in bytes, when longer ones are refused.
    static let deliberationBytesMin = 8_192
    /// The longest list of links to records in a deliberation, in bytes: the store takes 16 KiB of frontmatter.
    static let deliberationLinkBytesMax = 8_192
    /// The turns that a session keeps at most, in bytes, before it hands off, whatever its tokens: the outcomes of
    /// tools are long, and prompts hold them in short.
    static let sessionBytesMax = 4 << 20
}
