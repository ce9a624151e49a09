/// Every bound of the records, in one place. What lies beyond one is refused or passed over with a `RecordProblem`.
public enum RecordLimits {
    /// The largest file that is a record; a larger one is reported and passed over. With its escapes it fits one answer
    /// on the bus.
    public static let fileBytesMax = 512 * 1024
    /// The most bytes between the two `---` lines.
    public static let frontmatterBytesMax = 16 * 1024
    /// How deep lists and mappings in frontmatter may nest, and values that a caller wants written.
    public static let nestingMax = 16
    /// The longest id; every component also has to be a file name.
    public static let idBytesMax = 200
    /// The most keys that one update sets or removes.
    public static let changesMax = 500
    /// The longest frontmatter key that is written.
    public static let keyBytesMax = 128
    /// The most tags, and the most links, of one record; further ones stay in the file and are not looked at.
    public static let listItemsMax = 1_000
    /// The most files that the store looks at; further ones are reported and passed over.
    public static let filesMax = 1_000_000
    /// The most problems that one answer holds.
    public static let problemsMax = 500

    /// The longest heading.
    public static let headingBytesMax = 512
    /// The most headings above one passage; the innermost count.
    public static let headingsMax = 8
    /// Paragraphs of a section are joined into one passage up to this many bytes.
    public static let passageBytesAim = 600
    /// A single paragraph longer than this is cut at a line or a word.
    public static let passageBytesMax = 1_500
    /// The words of a question that are looked at.
    public static let questionWordsMax = 24

    /// The most bytes of one `Index.Apply` request, escapes included.
    public static let applyBytesMax = 512 * 1024
    /// The most bytes of one page of `agents`, `list` or `files`, escapes included.
    public static let pageBytesMax = 512 * 1024
    /// The longest disposition of an agent: it travels with every turn, and the model reads it each time.
    public static let dispositionBytesMax = 32 * 1024
    /// The most records of one page of `list`.
    public static let listPageMax = 500
    /// The most links of one answer.
    public static let linksMax = 1_000
    /// The most links that are followed one behind the other.
    public static let linkDepthMax = 5
    /// The most tags of one answer.
    public static let tagsMax = 5_000
    /// How many answers to write requests are remembered, so that a retry is answered as the first time.
    public static let rememberedAnswersMax = 4_096
    /// The longest `request` id of a write.
    public static let requestIDBytesMax = 200
}
