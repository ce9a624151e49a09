import Services

/// The tools that work on records.
extension Tool {
    /// All of them, in the order of the menu.
    public static let records = [searchRecords, getRecord, createRecord]

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

    /// A new record, whose author is the agent.
    public static let createRecord = Tool(
        .object(
            "create_record", "Writes a new note. It never changes one that exists.",
            [
                "title": .text("Its title."), "body": .text("Its text, in Markdown; [[id]] links to a note."),
                "id": .text("Its id, such as guides/rollback; made from the title when left out."),
                "tags": .texts("Words to find it by."),
            ], required: ["title", "body"]),
        needs: [Need(.createRecords, on: .newRecord(argument: "id"))], effect: .sideEffect)
}
