import Services

/// Every bound of rooms and turns, in one place. What is full is refused, or said in the room; nothing grows unseen.
public enum RoomsLimits {
    /// The size of what was not settled, in bytes of the journal, from which on nobody can post; turns that run still
    /// end. It is only reached when the disk refuses the rooms' history for long.
    public static let journalBytesMax = 1 << 30
    /// The size from which on a segment of the journal is sealed and what it says is settled; a commit is never
    /// divided.
    public static let segmentBytes = 2 << 20
    /// How much of a long journal is read at a start until what was read is settled for good: a start that breaks off
    /// is continued from there.
    public static let takeOverBytes = 64 << 20
    /// The most settled events that are searched for an answer at once.
    public static let historyPieceEvents = 128
    /// The highest number of an event that is read; more than any room reaches, and what is added to it is a number.
    public static let eventNumberMax = 1 << 53
    /// About how many bytes of words leave a room at once, to become records.
    public static let trimBytesMax = 1 << 20
    /// How many settled events are searched for an answer to a message.
    public static let answerSearchMax = 8_192
    /// How many of the turns that were ended for their agents a room remembers.
    public static let rememberedTurnsPerRoom = 1_000
    /// The largest history that is read into memory to become a transcript: JSON is longer than the transcript's text.
    public static let recallBytesMax = 2 * transcriptPartsMax * transcriptBytesMax
    /// The longest message, in bytes of UTF-8. A post above it is refused, an agent's answer is cut.
    public static let textBytesMax = 65_536
    /// The most rooms; a post to another one is refused.
    public static let roomsMax = 1_000
    /// The most turns that run or wait in a room; a notice stands for each further one.
    public static let openTurnsPerRoomMax = 1_000
    /// How many messages agents may give each other, each asked by the one before, in an order that repeats itself,
    /// before somebody else must speak; more only when two rounds of them are more.
    public static let cycleMessagesMin = 6
    /// The longest round that is recognised, in messages.
    public static let cycleLengthMax = 128
    /// The most agents that one message can name; the mentions after them are words.
    public static let mentionsPerMessageMax = 32
    /// The longest name that a mention can have, in bytes; a record's id has at most 200.
    public static let mentionBytesMax = 256
    /// The most people whose names a room remembers, so that a mention of a person is no unknown agent.
    public static let peoplePerRoomMax = 256
    /// The longest request id, in bytes.
    public static let requestIDBytesMax = 128
    /// How many answered requests a room remembers; an older request id would be taken for a new one.
    public static let rememberedAnswersPerRoom = 1_000
    /// How many it remembers of the last half minute, which is longer than callers wait before they ask again:
    /// thousands of others may have been answered meanwhile.
    public static let rememberedAnswersMax = 30_000
    /// That half minute, in periods of ten seconds.
    public static let rememberedPeriods = 3
    /// The most posts that wait for the store's first answer to who the agents are.
    public static let waitingRequestsMax = 1_000
    /// The events on a page of history unless the asker says otherwise.
    public static let historyEventsDefault = 100
    /// The most bytes of events on a page of history, so that it fits a message of the bus (1 MiB).
    public static let historyBytesMax = 524_288
    /// The most bytes of events in one record of a transcript: with its keys it fits a record (512 KiB), and with every
    /// byte escaped a message of the bus. One event of `textBytesMax` always fits.
    public static let transcriptBytesMax = 480 * 1024
    /// The most records of one transcript; a longer room is not saved.
    public static let transcriptPartsMax = 256
    /// The most saves that wait for the store at once.
    public static let savesMax = 16
    /// How many saves that were begun and not answered a room remembers, so that their repetition writes the same
    /// records.
    public static let rememberedSavesPerRoom = 16
    /// How long the store may take to write or to read one record of a transcript; it is asked again until then.
    public static let recordWait = Duration.seconds(10)
    /// The most transcripts that are read at once.
    public static let joinsMax = 4
    /// The longest name of a speaker and time in a transcript, in bytes; longer ones somebody made up.
    public static let speakerBytesMax = 1_024
    /// The highest number of a turn in a transcript.
    public static let turnNumberMax = 1 << 40
    /// The highest number of a turn that the journal may tell: below `TurnID.numberMax`, so that more can follow.
    public static let journalTurnNumberMax = TurnID.numberMax / 2
    /// The highest number of an attempt at a turn.
    public static let attemptNumberMax = 1 << 31
    /// The most events that a damaged journal may have lost, of all rooms together: a notice stands for each.
    public static let lostEventsMax = 1_000_000
    /// How many names of dropped rooms are told to an agent that comes back and may have missed it.
    public static let droppedRoomsMax = 16
    /// How long an agent has to accept a turn before it is offered again.
    public static let acceptance = Duration.seconds(2)
    /// How long a turn that has failed waits for the toolbox to say what it called.
    public static let callsWait = Duration.seconds(3)
    /// How many of its calls the notice names.
    public static let callsToldMax = 8
    /// How much of what a call was given the notice has, in characters.
    public static let callArgumentsMax = 60
    /// How long after the store's failure to say who the agents are it is asked again.
    public static let storeRetry = Duration.milliseconds(500)
    /// How long after the supervisor was asked to replace a process it is asked again: longer than a stop takes.
    public static let restartRetry = Duration.seconds(30)
    /// How long a turn waits for its agent's process, or for the store; longer than a slow start takes (90 s).
    public static let agentWait = Duration.seconds(120)
    /// How long after the bus has come back every living process has its connection again, so that a list can be
    /// believed.
    public static let reattachment = Duration.seconds(5)
    /// The deaths in a turn, after the last of which it ends with a notice.
    public static let deathsPerTurnMax = 2
    /// The losses of a turn of every kind that counts (`LossCount`), after the last of which it ends with a notice.
    public static let lossesPerTurnMax = 10
}
