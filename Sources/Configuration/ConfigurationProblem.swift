/// Something wrong with a file that an operator has written.
public struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1, when the problem has one.
    public let line: Int?
    /// What is wrong and what to do.
    public let message: String

    /// A problem.
    public init(path: String, line: Int?, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    /// `config.yml:3: providers.local.tols: unknown key; did you mean tools?`
    public var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}

/// All that is wrong with a file, found in one go.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one problem, in the order of the lines.
    public let problems: [ConfigurationProblem]

    /// An error of these problems.
    public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    /// A problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
