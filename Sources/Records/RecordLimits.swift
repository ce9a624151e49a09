/// Every limit of the records, in one place. A value beyond one is refused, or ignored with a `RecordProblem`.
public enum RecordLimits {
    /// The largest file that is a record; a larger one is reported and ignored. With its escapes it fits one answer on
    /// the bus.
    public static let fileBytesMax = 512 * 1024
    /// The most bytes between the two `---` lines.
    public static let frontmatterBytesMax = 16 * 1024
    /// The depth of nested lists and mappings in frontmatter, and in values that a caller writes.
    public static let nestingMax = 16
    /// The longest id; every component also has to be a file name.
    public static let idBytesMax = 200
    /// The most keys that one update sets or removes.
    public static let changesMax = 500
    /// The longest frontmatter key that is written.
    public static let keyBytesMax = 128
    /// The most tags, and the most links, of one record; further ones stay in the file and are not read.
    public static let listItemsMax = 1_000
    /// The most files that the store examines; further ones are reported and ignored.
    public static let filesMax = 1_000_000
    /// The most problems of one answer.
    public static let problemsMax = 500
    /// The most bytes of the paths and messages of the problems of one answer to a write: with every byte escaped they
    /// fit a message of the bus (1 MiB).
    public static let problemBytesMax = 128 * 1024
    /// The longest message of such a problem, in bytes; the rest is cut off.
    public static let problemMessageBytesMax = 512

    /// The longest heading.
    public static let headingBytesMax = 512
    /// The most headings above one passage; the innermost count.
    public static let headingsMax = 8
    /// Paragraphs of a section are joined into one passage up to this many bytes.
    public static let passageBytesAim = 600
    /// A single paragraph longer than this is cut at a line or a word.
    public static let passageBytesMax = 1_500
    /// The most words of a question, or of a query, that are used.
    public static let questionWordsMax = 24
    /// The most bytes of a query that are used.
    public static let queryBytesMax = 2_048
    /// The most bytes of a question that are used.
    public static let questionBytesMax = 16_384

    /// The most bytes of one `Index.Apply` request, escapes included.
    public static let applyBytesMax = 512 * 1024
    /// The most bytes of one page of `agents`, `list` or `files`, escapes included.
    public static let pageBytesMax = 512 * 1024
    /// The longest disposition of an agent: it is sent with every turn, and the model reads it each time.
    public static let dispositionBytesMax = 32 * 1024
    /// The most models that an agent may name.
    public static let modelsMax = 8
    /// The most records of one page of `list`.
    public static let listPageMax = 500
    /// The most links of one answer.
    public static let linksMax = 1_000
    /// The most links that are followed one after the other.
    public static let linkDepthMax = 5
    /// The most tags of one answer.
    public static let tagsMax = 5_000
    /// The number of answers to write requests that are remembered, so that a retry gets the first answer.
    public static let rememberedAnswersMax = 4_096
    /// The longest `request` id of a write.
    public static let requestIDBytesMax = 200
}
