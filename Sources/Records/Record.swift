import Services

/// A record read from its file: everything except the time of the file's last change.
public struct Record: Hashable, Sendable {
    /// The path below the records directory.
    public var path: String
    /// The id: the key `id`, or the path without extension.
    public var id: String
    /// The title: the key `title`, or the first heading, or the id.
    public var title: String
    /// The class.
    public var recordClass: RecordClass
    /// The tags in the order of the file, without `#`: those of the key `tags`, and those in the text.
    public var tags: [String]
    /// The targets of the key `links`.
    public var links: [String]
    /// The targets of the wikilinks in the body and in other keys.
    public var wikilinks: [String]
    /// The targets of the Markdown links in the body and in other keys that lead to files, as written.
    public var pathLinks: [String]
    /// The paths of the files to which attributes of HTML in the body lead, each once.
    public var htmlPaths: [String]
    /// Other names of the record, from the key `aliases` or `alias`.
    public var aliases: [String]
    /// The author, if the record names one.
    public var author: String?
    /// The value of the key `created`.
    public var created: String?
    /// The hash of the file's bytes.
    public var revision: Digest
    /// Every frontmatter key, known or not; none if the frontmatter is broken.
    public var fields: [String: JSONValue]
    /// The text below the frontmatter; the whole text if the frontmatter is broken.
    public var body: String
    /// The agent that it defines; nil if it is not an agent, or if one of an agent's keys is wrong.
    public var agent: AgentDefinition?
    /// Whether there is frontmatter that cannot be read.
    public var isFrontmatterBroken: Bool
    /// The errors in the file.
    public var problems: [RecordProblem]

    /// What its links name.
    public var linkNames: [LinkName] {
        (links + wikilinks).map { LinkName($0, .wikilink) } + pathLinks.map { LinkName($0, .path) }
    }

    /// Reads a file. No text makes this fail: errors are reported in `problems`.
    public init(path: String, text: String) {
        let format = RecordFormat.of(path), parts = RecordFormat.parts(of: text, at: path)
        let (fields, isBroken, found) = Self.keys(of: parts, text: text, path: path)
        let mark = text.unicodeScalars.first == "\u{feff}" ? 1 : 0
        let body = isBroken ? String(text.unicodeScalars.dropFirst(mark)) : parts.body
        var problems = found + RecordKeyProblems.all(fields, parts, path: path)
        if let message = ConflictCopy.message(of: path) {
            problems.append(RecordProblem(path: path, line: nil, message: message))
        }
        let pathID = RecordID.id(ofPath: path) ?? path
        var id = pathID
        if let own = fields["id"]?.scalarText, own != pathID {
            if let objection = RecordID.objection(to: own) {
                let message = "the id \"\(own.prefix(60))\" \(objection); the path is used instead: \(pathID)"
                problems.append(RecordProblem(path: path, line: parts.line(of: "id"), message: message))
            } else {
                id = own
            }
        }
        self.path = path
        self.id = id
        title =
            fields["title"]?.scalarText.flatMap(Self.nonEmpty) ?? Self.firstHeading(of: parts.body, in: format) ?? id
        recordClass = fields["class"]?.scalarText.flatMap(RecordClass.init(rawValue:)) ?? .durable
        var marks = TextMarks(in: body, format, path: path)
        tags = Self.tags(fields["tags"], marks.tags)
        links = Self.list(fields["links"], separators: []).compactMap(Self.linkTarget)
        marks.links += Self.links(in: fields, format, path: path)
        wikilinks = marks.targets(.wikilink)
        pathLinks = marks.targets(.path)
        htmlPaths = Self.htmlPaths(in: body, at: path)
        aliases = Self.list(fields["aliases"] ?? fields["alias"], separators: [","]).compactMap(Self.nonEmpty)
        author = fields["author"]?.scalarText.flatMap(Self.nonEmpty)
        created = fields["created"]?.scalarText.flatMap(Self.nonEmpty)
        revision = Digest(of: text.utf8)
        self.fields = fields
        self.body = body
        isFrontmatterBroken = isBroken
        self.problems = problems
        // Two versions of an agent would be two agents.
        if recordClass == .agent && ConflictCopy.program(of: path) == nil { readAgent(parts) }
    }

    /// The keys, none if they are broken, and what is wrong with the file as a whole.
    private static func keys(
        of parts: any RecordText, text: String, path: String
    ) -> (fields: [String: JSONValue], isBroken: Bool, problems: [RecordProblem]) {
        let format = RecordFormat.of(path), conflict = MergeConflict(in: text, body: parts.body, format)
        var problems: [RecordProblem] = []
        if let conflict { problems.append(RecordProblem(path: path, line: conflict.line, message: conflict.message)) }
        if conflict?.isInKeys == true { return ([:], true, problems) }
        do throws(FrontmatterError) {
            return (try parts.fields(), false, problems)
        } catch {
            let message =
                "the \(format.nameOfKeys) \(error.message); the file is read as plain text until that is repaired"
            problems.append(RecordProblem(path: path, line: error.line, message: message))
            return ([:], true, problems)
        }
    }

    private mutating func readAgent(_ parts: any RecordText) {
        let (definition, found) = AgentRecord.definition(of: self, text: parts)
        agent = definition
        problems += found
    }

    /// The summary for lists.
    ///
    /// - Parameters:
    ///   - updated: The file's modification time, RFC 3339.
    public func summary(updated: String) -> RecordSummary {
        RecordSummary(
            id: RecordID(id), path: path, title: title, recordClass: recordClass, tags: tags, author: author,
            created: created,
            updated: updated, revision: revision.hexadecimal)
    }

    private static func nonEmpty(_ text: String) -> String? {
        let trimmed = Substring(text).trimmed()
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    private static func firstHeading(of body: String, in format: RecordFormat) -> String? {
        var first: String?
        format.visitLines(of: body) { line in
            if case .heading(_, let text) = line.kind, !text.isEmpty { first = text }
            return first == nil
        }
        return first
    }

    /// The texts of a list, or of one text that contains several. Unquoted, `[[target]]` is a list in a list for YAML.
    private static func list(_ value: JSONValue?, separators: Set<Character>) -> [String] {
        switch value {
        case .array(let items):
            items.lazy.flatMap { list($0, separators: []) }.prefix(RecordLimits.listItemsMax).map(\.self)
        case .string(let text) where !separators.isEmpty:
            text.split { separators.contains($0) }.prefix(RecordLimits.listItemsMax).map(String.init)
        case .string(let text): nonEmpty(text).map { [$0] } ?? []
        case .integer, .number, .bool: value?.scalarText.map { [$0] } ?? []
        case .null, .object, nil: []
        }
    }

    /// The tags of the key, and those of the text that are not among them.
    private static func tags(_ value: JSONValue?, _ inText: [Substring]) -> [String] {
        let tags = list(value, separators: [",", " "]).map { String($0.drop { $0 == "#" }) }.filter { !$0.isEmpty }
        if inText.isEmpty { return tags }
        var seen = Set(tags.map { $0.lowercased() })
        let others = inText.lazy.map(String.init).filter { seen.insert($0.lowercased()).inserted }
        return Array((tags + others).prefix(RecordLimits.listItemsMax))
    }

    /// The links in the values of all keys that are not texts of another kind.
    private static func links(in fields: [String: JSONValue], _ format: RecordFormat, path: String) -> [LinkPlace] {
        let others: Set = ["id", "title", "tags", "links", "class", "aliases", "alias"]
        return fields.filter { !others.contains($0.key) }.sorted { $0.key < $1.key }
            .flatMap { links(in: $0.value, format, path: path) }
    }

    private static func links(in value: JSONValue, _ format: RecordFormat, path: String) -> [LinkPlace] {
        switch value {
        case .string(let text):
            return text.utf8.contains(.leftBracket)
                ? TextMarks(inParagraph: text[...], format, path: path).links : []
        case .array(let items):
            // Unquoted, `[[target]]` is a list in a list for YAML.
            if items.count == 1, case .array(let inner) = items[0], inner.count == 1, case .string(let text) = inner[0]
            {
                return Wikilink(inner: text).map { [.wikilink($0, inner: text[...])] } ?? []
            }
            return items.flatMap { links(in: $0, format, path: path) }
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { links(in: $0.value, format, path: path) }
        case .null, .bool, .integer, .number: return []
        }
    }

    private static func htmlPaths(in body: String, at path: String) -> [String] {
        let paths = Set(ForeignReferences.inHTML(of: body, at: path).lazy.map { ExactText($0.path) })
        return paths.sorted().prefix(RecordLimits.listItemsMax).map(\.text)
    }

    private static func linkTarget(_ text: String) -> String? {
        let inner = text.hasPrefix("[[") && text.hasSuffix("]]") ? text.dropFirst(2).dropLast(2) : Substring(text)
        return Wikilink(inner: inner)?.target
    }
}
