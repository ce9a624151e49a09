import Services

/// The tools that work on records.
extension Tool {
    /// All of them, in the order of the menu.
    public static let records = [
        searchRecords, getRecord, listRecords, recentRecords, findLinks, findBacklinks, createRecord,
        updateRecord, deleteRecord,
    ]

    /// Passages for a question.
    public static let searchRecords = Tool(
        .object(
            "search_records",
            "Searches the notes for passages that answer a question; each comes with the [[id]] of its note.",
            ["query": .text("What to look for, in a few words or as a question.")], required: ["query"]),
        needs: [Need(.searchRecords, on: .filteredRecords)], effect: .none)

    /// One record whole.
    public static let getRecord = Tool(
        .object("get_record", "Reads one note whole.", ["id": .text("Its id, as in [[id]].")], required: ["id"]),
        needs: [Need(.readRecords, on: .record(argument: "id"))], effect: .none)

    /// Which records there are.
    public static let listRecords = Tool(
        .object(
            "list_records", "Lists notes by their ids, a hundred at a time, with the day of their last change.",
            [
                "prefix": .text("Only notes whose id begins so, such as guides/; all when left out."),
                "class": .choice(RecordClass.allCases.map(\.rawValue), "Only notes of this class."),
                "after": .text("Only notes whose id comes after this one, to read on."),
            ], required: []),
        needs: [Need(.searchRecords, on: .filteredRecords)], effect: .none)

    /// The records that were changed last.
    public static let recentRecords = Tool(
        .object(
            "recent_records", "Lists the notes that were changed last, newest first.",
            [
                "count": .integer("How many, 1 to 100; 10 when left out."),
                "tag": .text("Only notes with this tag, or one below it."),
            ], required: []),
        needs: [Need(.searchRecords, on: .filteredRecords)], effect: .none)

    /// What a record points to.
    public static let findLinks = Tool(
        .object("find_links", "Lists the notes that a note points to.", ["id": .text("Its id.")], required: ["id"]),
        needs: [Need(.searchRecords, on: .record(argument: "id"))], effect: .none)

    /// What points to a record.
    public static let findBacklinks = Tool(
        .object("find_backlinks", "Lists the notes that point to a note.", ["id": .text("Its id.")], required: ["id"]),
        needs: [Need(.searchRecords, on: .record(argument: "id"))], effect: .none)

    /// A new record, whose author is the agent.
    public static let createRecord = Tool(
        .object(
            "create_record", "Writes a new note, or a new agent. It never changes one that exists.",
            [
                "title": .text("Its title."), "body": .text("Its text, in Markdown; [[id]] links to a note."),
                "id": .text("Its id, such as guides/rollback; made from the title when left out."),
                "tags": .texts("Words to find it by."),
                "class": .choice(
                    ["durable", "inbox", "agent"],
                    "What it is: a note, durable when this is left out, or an agent, whose body says who it is."
                ),
                "keys": .object(
                    "Further keys, such as capabilities of an agent; one for which none are given may do nothing."),
            ], required: ["title", "body"]),
        needs: [Need(.createRecords, on: .newRecord(argument: "id"))], effect: .sideEffect)

    /// A change of a record: of a passage, or of a key.
    public static let updateRecord = Tool(
        .object(
            "update_record",
            "Changes a note or an agent: replaces a passage, which must be there exactly once, or sets one key.",
            [
                "id": .text("Its id."), "old": .text("The passage as it is, word for word."),
                "new": .text("What takes its place; empty to remove it."),
                "key": .text("Instead of a passage: the key to set, such as title or tags."),
                "value": .text("The key's value, a list with commas for tags; empty to remove the key."),
            ], required: ["id"]),
        needs: [Need(.updateRecords, on: .changedRecord(argument: "id", agents: .updateAgents))], effect: .sideEffect)

    /// A record, moved to the trash.
    public static let deleteRecord = Tool(
        .object(
            "delete_record", "Deletes a note or an agent. A person can get it back from the trash.",
            ["id": .text("Its id.")], required: ["id"]),
        needs: [Need(.deleteRecords, on: .changedRecord(argument: "id", agents: .deleteAgents))], effect: .sideEffect)
}
