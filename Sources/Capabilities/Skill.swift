import Services

/// A skill: instructions for one kind of work, which a model loads when it has that work to do.
///
/// ```
/// ---
/// name: release-notes
/// description: How we write release notes. Use it before you write some.
/// allowed-tools: Read, Bash(git:*)
/// ---
/// …
/// ```
///
/// See: agentskills.io, Specification
public struct Skill: Hashable, Sendable {
    /// Where it is from.
    public enum Source: Hashable, Sendable {
        /// A record of the class `skill`.
        case record(RecordID)
        /// A directory with a `SKILL.md`, and whatever else belongs to the skill.
        case directory(FilePath)
    }

    /// What the model calls it.
    public let name: String
    /// What it is for, and when to use it, on one line.
    public let description: String
    /// The tools that it needs, as it names them.
    public let allowedTools: [String]
    /// The instructions.
    public let text: String
    /// Where it is from.
    public let source: Source

    /// The longest name, description and text, in characters and bytes.
    public static let nameMax = 64, descriptionMax = 1_024, textBytesMax = 65_536

    /// Reads a skill.
    ///
    /// - Parameters:
    ///   - fields: The keys of its frontmatter.
    ///   - text: What is below them.
    ///   - name: What it is called where it has no `name`: its directory, or the end of its record's id.
    /// - Throws: What is wrong with it, in words that follow its place.
    public init(
        fields: [String: JSONValue], text: String, name: String, source: Source
    ) throws(SkillProblem) {
        let named = fields["name"]?.scalarText ?? name
        guard Self.isName(named) else {
            throw SkillProblem("the name \(named.prefix(80)) is not small letters, digits and -, up to \(Self.nameMax)")
        }
        let words = (fields["description"]?.scalarText ?? "").onOneLine
        guard !words.isEmpty else { throw SkillProblem("description is missing: what it is for, and when to use it") }
        guard words.count <= Self.descriptionMax else {
            throw SkillProblem("description has more than \(Self.descriptionMax) characters")
        }
        guard text.utf8.count <= Self.textBytesMax else {
            throw SkillProblem("it is longer than \(Self.textBytesMax >> 10) KiB; put parts of it into files beside it")
        }
        (self.name, self.description, self.text, self.source) = (named, words, text, source)
        allowedTools = Self.tools(fields["allowed-tools"])
    }

    private static func isName(_ text: String) -> Bool {
        (1...nameMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// A list, or a text with commas or blanks between the names; what is in brackets belongs to its name.
    private static func tools(_ value: JSONValue?) -> [String] {
        if case .array(let items)? = value { return items.compactMap(\.scalarText) }
        var tools: [String] = [], depth = 0, name = ""
        for character in (value?.scalarText ?? "") + " " {
            if depth == 0, character == "," || character.isWhitespace {
                if !name.isEmpty { tools.append(name) }
                name = ""
                continue
            }
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            name.append(character)
        }
        return tools
    }

    /// The id by which grants of `records.read` take it in: its record's, or `skills/NAME`.
    public var id: RecordID {
        switch source {
        case .record(let id): id
        case .directory: RecordID("skills/\(name)")
        }
    }

    /// Whether it is offered to an agent: one that may read it and holds every tool that it names.
    ///
    /// - Parameter menu: Every tool of every source.
    public func isOffered(to authority: Authority, menu: [Tool]) -> Bool {
        authority.allows(.readRecords, on: .record(id, .skill))
            && allowedTools.allSatisfy { SkillRequirement($0, menu: menu)?.isHeld(by: authority) ?? false }
    }

    /// The tools that it names and that there are none of.
    public func unknownTools(menu: [Tool]) -> [String] {
        allowedTools.filter { SkillRequirement($0, menu: menu) == nil }
    }
}

/// Why something is no skill.
public struct SkillProblem: Error, Hashable, Sendable {
    /// In words.
    public let reason: String

    /// A problem in words.
    public init(_ reason: String) { self.reason = reason }
}

/// What `allowed-tools` asks for: one of Egghead's tools, a capability, or what the name means elsewhere.
///
/// | name | what an agent must hold |
/// |---|---|
/// | `fs_read`, `mcp__git__git_log` | the tool |
/// | `proc.exec:git`, `fs.read` | the capability, of which any is enough where it has no value |
/// | `Read`, `Grep`, `Glob`, `LS` | `fs.read` |
/// | `Write`, `Edit`, `MultiEdit` | `fs.write` |
/// | `Bash` | `proc.eval` |
/// | `Bash(git:*)`, `Bash(git status)` | `proc.exec` of `git` |
/// | `WebFetch` | `net.get` |
/// | `Task` | `agent.prompt` |
public struct SkillRequirement: Hashable, Sendable {
    private enum Want: Hashable {
        case tools([Tool])
        case permission(Permission)
        case grant(Grant)
        case program(String)
    }

    private let want: Want

    private static let foreign: [String: Permission] = [
        "Read": .readFiles, "Grep": .readFiles, "Glob": .readFiles, "LS": .readFiles, "Write": .writeFiles,
        "Edit": .writeFiles, "MultiEdit": .writeFiles, "Bash": .evaluate, "WebFetch": .getFromHosts,
        "Task": .promptAgents,
    ]

    /// Reads a name; nil when there is no such tool.
    public init?(_ name: String, menu: [Tool]) {
        let tools = menu.filter { $0.name == name || $0.name.hasPrefix("\(name)__") && name.hasPrefix("mcp__") }
        if !tools.isEmpty {
            want = .tools(tools)
        } else if let permission = Permission(rawValue: name) ?? Self.foreign[name] {
            want = .permission(permission)
        } else if let grant = Grant(name) {
            want = .grant(grant)
        } else if let match = name.wholeMatch(of: /Bash\(([^\s:()]+)[^()]*\)/) {
            want = .program(String(match.output.1))
        } else {
            return nil
        }
    }

    /// Whether an agent holds it.
    func isHeld(by authority: Authority) -> Bool {
        switch want {
        case .tools(let tools): tools.contains { Authorization.isOnMenu($0, authority: authority) }
        case .permission(let permission): !authority.grants(of: permission).isEmpty
        case .grant(let grant): authority.grants.contains { $0.contains(grant) }
        case .program(let program):
            authority.grants(of: .execute).contains { $0.covers(.command([program], in: $0.root)) }
                || authority.grants(of: .execute).contains { $0.covers(.command([program, "x"], in: $0.root)) }
        }
    }
}

extension Tool {
    /// The tool by which a model loads a skill; its menu names the skills that the agent is offered.
    public static let loadSkill = Tool(
        .object(
            "load_skill", "Loads the instructions of a skill. Load it before you do what it is for.",
            ["name": .text("The skill's name.")], required: ["name"]),
        needs: [Need(.readRecords, on: .filteredRecords)], effect: .none)

    /// What the menu of an agent says of it.
    ///
    /// - Returns: Nil when no skill is offered.
    public static func loadSkillDefinition(_ skills: [Skill]) -> ToolDefinition? {
        guard !skills.isEmpty else { return nil }
        var definition = loadSkill.definition, bytes = 0
        for skill in skills {
            let line = "\n- \(skill.name): \(skill.description)"
            bytes += line.utf8.count
            if bytes > skillsBytesMax { break }
            definition.description += line
        }
        return definition
    }

    /// How much of a menu names and descriptions of skills may be.
    private static let skillsBytesMax = 16_384
}
