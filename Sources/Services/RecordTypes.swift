/// What a record is for. An unknown class in a file counts as `durable`.
public enum RecordClass: String, Codable, Sendable, CaseIterable {
    case durable, inbox, deliberation, transcript, agent, skill
}

/// What lists show of a record.
public struct RecordSummary: Codable, Sendable, Hashable {
    /// The id: its own, or the path without extension.
    public var id: RecordID
    /// The path below the records directory.
    public var path: String
    /// The title: its own, or the first heading, or the id.
    public var title: String
    /// The class.
    public var recordClass: RecordClass
    /// The tags in the order of the file.
    public var tags: [String]
    /// The author, when the record names one.
    public var author: String?
    /// When it was created, as the record says.
    public var created: String?
    /// The file's modification time, RFC 3339.
    public var updated: String
    /// A hash of the file's bytes; a write against another revision is refused.
    public var revision: String

    /// A summary.
    public init(
        id: RecordID, path: String, title: String, recordClass: RecordClass, tags: [String], author: String?,
        created: String?, updated: String, revision: String
    ) {
        self.id = id
        self.path = path
        self.title = title
        self.recordClass = recordClass
        self.tags = tags
        self.author = author
        self.created = created
        self.updated = updated
        self.revision = revision
    }
}

/// Something wrong with a file.
public struct RecordProblem: Codable, Sendable, Hashable, CustomStringConvertible {
    /// The path below the records directory.
    public var path: String
    /// The line, from 1, when it is known.
    public var line: Int?
    /// What is wrong and what to do.
    public var message: String
    /// The end of the message, what to do, when the text of the file is not the cause; nil when it is.
    public var fix: String?

    /// A problem.
    ///
    /// - Parameters:
    ///   - message: What is wrong, and what to do unless `fix` says it.
    ///   - fix: What to do when the text of the file is not the cause.
    public init(path: String, line: Int?, message: String, fix: String? = nil) {
        self.path = path
        self.line = line
        self.message = fix.map { "\(message); \($0)" } ?? message
        self.fix = fix
    }

    /// `agents/scout.md:4: …`, on one line. The records directory itself has the empty path.
    public var description: String {
        "\(path.isEmpty ? "the records directory" : path)\(line.map { ":\($0)" } ?? ""): \(message)"
    }

    /// The description without the fix.
    public var statement: String {
        let end = fix.map { "; \($0)" } ?? ""
        return description.hasSuffix(end) ? String(description.dropLast(end.count)) : description
    }
}

/// An agent as its record defines it.
public struct AgentDefinition: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: AgentID
    /// What people see.
    public var title: String
    /// Words that say what it is about.
    public var tags: [String]
    /// The record's body: who the agent is and how it behaves.
    public var disposition: String
    /// A hash of everything that needs a new process when it changes.
    public var digest: String
    /// The provider, when the record names one.
    public var provider: String?
    /// The model, when the record names one.
    public var model: String?
    /// The models, in the order in which they are tried, when the record names several; see `ModelName`.
    public var models: [String]?
    /// Sampling temperature, 0 to 2.
    public var temperature: Double?
    /// The most tokens of one answer.
    public var maxTokens: Int?
    /// The share of the window at which a session hands off, 0 to 1.
    public var contextThreshold: Double?
    /// The model's window in tokens, when the record knows better than the provider's configuration.
    public var contextWindow: Int?
    /// How long its model thinks, when the record says so.
    public var thinking: Thinking?
    /// Who speaks where a model without tools has the turn, when the record says so.
    public var voice: AgentVoice?
    /// What its process may use, when the record bounds it.
    public var limits: ResourceLimits?
    /// What it may spend in a day, UTC; no bound when nil.
    public var budget: SpendingCap?
    /// Whether open messages pass it by.
    public var quiet: Bool
    /// What it may do, as the record says it; nil when it says nothing of it.
    public var capabilities: [Grant]?
    /// The directory outside of which it has no files and runs no programs, an absolute path; nil when the record names
    /// none.
    public var sandbox: String?
    /// For what a person is asked first, beside what the configuration says; nil when the record does not say.
    public var ask: [Permission]?
    /// Who may answer, by their names as in `ann`, or as principals; those of the configuration when nil.
    public var approvers: [String]?
    /// How long an answer is waited for, in seconds; as long as the configuration says when nil.
    public var askTimeoutSeconds: Int?
    /// Why the record as it is now says nothing, and this is what it said before.
    public var problem: RecordProblem?

    /// A definition.
    public init(
        id: AgentID, title: String, tags: [String], disposition: String, digest: String, provider: String? = nil,
        model: String? = nil, models: [String]? = nil, temperature: Double? = nil, maxTokens: Int? = nil,
        contextThreshold: Double? = nil, contextWindow: Int? = nil, thinking: Thinking? = nil,
        voice: AgentVoice? = nil, limits: ResourceLimits? = nil, quiet: Bool = false, budget: SpendingCap? = nil,
        capabilities: [Grant]? = nil, sandbox: String? = nil, ask: [Permission]? = nil,
        approvers: [String]? = nil, askTimeoutSeconds: Int? = nil
    ) {
        self.ask = ask
        self.approvers = approvers
        self.askTimeoutSeconds = askTimeoutSeconds
        self.id = id
        self.title = title
        self.tags = tags
        self.disposition = disposition
        self.digest = digest
        self.provider = provider
        self.model = model
        self.models = models
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.contextThreshold = contextThreshold
        self.contextWindow = contextWindow
        self.thinking = thinking
        self.voice = voice
        self.limits = limits
        self.quiet = quiet
        self.budget = budget
        self.capabilities = capabilities
        self.sandbox = sandbox
    }
}

/// Who speaks where a model without tools has an agent's turn. Unless the record says otherwise, nobody: the notes are
/// quoted.
public enum AgentVoice: String, Codable, Sendable, Hashable, CaseIterable {
    /// The model itself, behind a warning.
    case free
}

/// A record that says nothing that can be understood, as far as anybody has read it: it may be an agent's.
public struct UndecidedAgent: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: AgentID
    /// Why.
    public var problem: RecordProblem

    /// A record.
    public init(id: AgentID, problem: RecordProblem) {
        self.id = id
        self.problem = problem
    }
}

/// How a record is written.
public enum RecordFormat: String, Codable, Sendable, CaseIterable {
    /// Markdown with frontmatter in YAML: `.md`.
    case markdown
    /// Emacs's org-mode with a drawer of properties: `.org`.
    case org
}
