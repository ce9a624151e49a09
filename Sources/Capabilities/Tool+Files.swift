import Services

/// The tools that work on files of the machine, each in a sandbox.
extension Tool {
    /// All of them, in the order of the menu.
    public static let files = [listFiles, readFile, searchFiles, writeFile, editFile, deleteFile]

    /// What is in a directory.
    public static let listFiles = Tool(
        .object(
            "fs_list", "Lists the files of a directory.",
            ["path": .text("The directory; your own when left out.")], required: []),
        needs: [Need(.readFiles, on: .directory(argument: "path"))], effect: .none)

    /// Lines of a file.
    public static let readFile = Tool(
        .object(
            "fs_read", "Reads lines of a text file.",
            [
                "path": .text("The file."),
                "from": .firstLine, "lines": .lineCount,
            ], required: ["path"]),
        needs: [Need(.readFiles, on: .file(argument: "path"))], effect: .none)

    /// Lines of files that match.
    public static let searchFiles = Tool(
        .object(
            "fs_grep", "Searches the files of a directory for lines that match a regular expression.",
            [
                "pattern": .text("The regular expression."),
                "path": .text("The directory; your own when left out."),
            ], required: ["pattern"]),
        needs: [Need(.readFiles, on: .directory(argument: "path"))], effect: .none)

    /// A file whole.
    public static let writeFile = Tool(
        .object(
            "fs_write", "Writes a text file, and replaces one that exists.",
            ["path": .text("The file."), "text": .text("Its whole text.")], required: ["path", "text"]),
        needs: [Need(.writeFiles, on: .file(argument: "path"))], effect: .sideEffect)

    /// A passage of a file.
    public static let editFile = Tool(
        .object(
            "fs_edit", "Replaces a passage of a text file, which must be there exactly once.",
            [
                "path": .text("The file."), "old": .text("The passage as it is, word for word."),
                "new": .text("What takes its place; empty to remove it."),
            ], required: ["path", "old", "new"]),
        needs: [Need(.writeFiles, on: .file(argument: "path")), Need(.readFiles, on: .file(argument: "path"))],
        effect: .sideEffect)

    /// A file, gone.
    public static let deleteFile = Tool(
        .object(
            "fs_delete", "Deletes a file, or a directory that is empty.", ["path": .text("What to delete.")],
            required: ["path"]),
        needs: [Need(.deleteFiles, on: .file(argument: "path"))], effect: .sideEffect)
}

extension JSONValue {
    /// From where lines are read, and how many.
    static let firstLine = integer("The first line, from 1; a negative number counts from the end. 1 when left out.")
    static let lineCount = integer("How many lines, 1 to 2000; 400 when left out.")
}
