import Testing

/// How long things may be: beyond these sizes a reader loses the thread.
@Suite struct `Sizes` {
    @Test func `no file is longer than 400 lines`() throws {
        let long = try SourceFile.all().filter { $0.lines.count > 401 }
        #expect(long.map { "\($0.path): \($0.lines.count - 1) lines" } == [])
    }

    @Test func `no function is longer than 50 lines, or 70 with an exhaustive switch`() throws {
        var long: [String] = []
        for file in try SourceFile.all() {
            for function in FunctionSpan.all(in: file) where function.length > (function.hasExhaustiveSwitch ? 70 : 50)
            {
                long.append("\(file.path):\(function.line): \(function.length) lines")
            }
        }
        #expect(long == [])
    }

    @Test func `main.swift is a table of contents of less than 60 lines`() throws {
        let long = try SourceFile.sources().filter { $0.path.hasSuffix("/main.swift") && $0.lines.count > 60 }
        #expect(long.map { "\($0.path): \($0.lines.count - 1) lines" } == [])
    }

    @Test func `no line is longer than 120 columns`() throws {
        var long: [String] = []
        for file in try SourceFile.all() {
            for (number, line) in file.lines.enumerated() where line.count > 120 {
                long.append("\(file.path):\(number + 1): \(line.count) columns")
            }
        }
        #expect(long == [])
    }
}
