import Services

/// The tools that run programs, each in a sandbox.
extension Tool {
    /// All of them, in the order of the menu.
    public static let processes = [execute, evaluate, readOutput]

    /// A program with arguments.
    public static let execute = Tool(
        .object(
            "proc_exec", "Runs a program with arguments, without a shell, and returns what it prints.",
            [
                "command": .texts("The program and its arguments, each a text of its own."),
                "directory": .text("Where it runs; your own directory when left out."), "timeout": .timeout,
            ], required: ["command"]),
        needs: [Need(.execute, on: .command(argument: "command", directory: "directory"))], effect: .sideEffect)

    /// Code.
    public static let evaluate = Tool(
        .object(
            "proc_eval", "Runs a text as a shell script, or as Python, and returns what it prints.",
            [
                "code": .text("The script."), "language": .choice(["sh", "python"], "sh when left out."),
                "directory": .text("Where it runs; your own directory when left out."), "timeout": .timeout,
            ], required: ["code"]),
        needs: [Need(.evaluate, on: .code(directory: "directory"))], effect: .sideEffect)

    /// Lines of what was printed.
    public static let readOutput = Tool(
        .object(
            "read_output", "Reads lines of what one of your calls has printed, where you were not told all of it.",
            [
                "output": .integer("The output's number."), "from": .firstLine, "lines": .lineCount,
            ], required: ["output"]),
        needs: [Need(.execute, on: .ownOutput)], effect: .none)
}

extension JSONValue {
    fileprivate static let timeout = integer("The most seconds that it may take, 1 to 3600; 120 when left out.")
}
