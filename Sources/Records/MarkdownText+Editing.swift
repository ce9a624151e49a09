import Services

extension MarkdownText {
    /// A new record's text.
    ///
    /// - Throws: When a key or value cannot be written.
    public static func create(
        fields: [String: JSONValue], body: String
    ) throws(RecordEditError) -> MarkdownText {
        var text = MarkdownText(opening: "", lines: [], closing: "", separator: "", body: body.endingInNewline("\n"))
        try text.set(fields.filter { $0.value != .null })
        // A body that begins with a rule would be read as frontmatter.
        if !text.hasFrontmatter && MarkdownText(text.body).hasFrontmatter { text.addFrontmatter() }
        try text.verify(fields: fields.filter { $0.value != .null }, body: text.body)
        return text
    }

    /// See `RecordText`: comments, order and quoting stay unchanged.
    public func updating(
        fields changes: [String: JSONValue], body newBody: String?
    ) throws(RecordEditError) -> MarkdownText {
        var text = self, expected: [String: JSONValue]
        do { expected = try frontmatter().fields } catch {
            guard changes.isEmpty else {
                throw RecordEditError("the frontmatter \(error.message); repair it by hand before changing keys")
            }
            guard let newBody else { return self }
            return MarkdownText(newBody)
        }
        try text.set(changes)
        for (key, value) in changes { expected[key] = value == .null ? nil : value }
        if let newBody { text.replaceBody(newBody) }
        try text.verify(fields: expected, body: text.body)
        return text
    }

    /// See `RecordText`.
    public func fields() throws(FrontmatterError) -> [String: JSONValue] {
        do throws(FrontmatterError) { return try frontmatter().fields } catch {
            throw FrontmatterError(line: error.line.map { $0 + 1 }, error.message)
        }
    }

    /// See `RecordText`.
    public func line(of key: String) -> Int? {
        guard let entry = try? frontmatter().entries.first(where: { $0.key == key }) else { return nil }
        return entry.line + 2
    }

    /// The keys with their lines.
    ///
    /// - Throws: If they cannot be read.
    func frontmatter() throws(FrontmatterError) -> Frontmatter {
        lines.isEmpty ? .empty : try Frontmatter(yaml: yaml)
    }

    private mutating func replaceBody(_ newBody: String) {
        body = newBody.endingInNewline(body.contains("\r\n") ? "\r\n" : "\n")
        if !hasFrontmatter {
            if MarkdownText(body).hasFrontmatter { addFrontmatter() }
            return
        }
        if closing.last?.isNewline != true { closing += lineEnd }
        // The first empty line below the frontmatter belongs to it; an empty line of the body needs another before it.
        if separator.isEmpty && body.first?.isNewline == true { separator = lineEnd }
    }

    private mutating func set(_ changes: [String: JSONValue]) throws(RecordEditError) {
        if changes.isEmpty { return }
        try RecordEditError.checkCount(of: changes)
        let ordered = FrontmatterWriter.ordered(changes)
        for (key, value) in ordered {
            if let objection = FrontmatterWriter.objection(toKey: key) {
                throw RecordEditError("the key \"\(key.prefix(40))\" \(objection); choose another")
            }
            try value.checkDepth(under: key)
        }
        for (key, value) in ordered { try set(key, value) }
    }

    private mutating func set(_ key: String, _ value: JSONValue) throws(RecordEditError) {
        guard let frontmatter = try? frontmatter() else {
            throw RecordEditError("setting \(key) would break the frontmatter; edit the file by hand")
        }
        guard frontmatter.isBlockMapping else {
            rewrite(frontmatter.fields.merging([key: value]) { $1 })
            return
        }
        guard let index = frontmatter.entries.firstIndex(where: { $0.key == key }) else {
            if value != .null { append(FrontmatterWriter.line(key, value)) }
            return
        }
        let entry = frontmatter.entries[index]
        if entry.value == value { return }
        let next = index + 1 < frontmatter.entries.count ? frontmatter.entries[index + 1].line : lines.count
        let span = entry.line..<endOfValue(from: entry.line, before: next)
        if value == .null {
            lines.removeSubrange(span)
        } else {
            let comment = span.count == 1 ? trailingComment(of: lines[entry.line]) : ""
            lines.replaceSubrange(span, with: [FrontmatterWriter.line(key, value) + comment + lineEnd])
        }
    }

    /// Comments and empty lines before the next key belong to that key.
    private func endOfValue(from first: Int, before next: Int) -> Int {
        var end = next
        while end > first + 1, lines[end - 1].hasPrefix("#") || lines[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
        return end
    }

    /// ` # …` at the end of a `key: value` line, with the blanks before it; none if the line has a quote.
    private func trailingComment(of line: String) -> String {
        let text = line.prefix { !$0.isNewline }
        guard !text.contains("\""), !text.contains("'"), let hash = text.firstIndex(of: "#") else { return "" }
        let blanks = text[..<hash].reversed().prefix { $0 == " " || $0 == "\t" }.count
        return blanks == 0 ? "" : String(text[text.index(hash, offsetBy: -blanks)...])
    }

    private mutating func append(_ line: String) {
        addFrontmatter()
        lines.append(line + lineEnd)
    }

    private mutating func addFrontmatter() {
        if hasFrontmatter { return }
        // A byte order mark stays at the beginning of the file.
        let mark = opening.unicodeScalars.first == "\u{feff}" ? "\u{feff}" : ""
        let end = body.contains("\r\n") ? "\r\n" : "\n"
        opening = mark + "---" + end
        closing = "---" + end
        separator = end
    }

    private mutating func rewrite(_ fields: [String: JSONValue]) {
        lines = FrontmatterWriter.ordered(fields.filter { $0.value != .null }).map {
            FrontmatterWriter.line($0.key, $0.value) + lineEnd
        }
    }

    /// Compares the value that reading gives with the intended one, before the file is replaced.
    private func verify(fields: [String: JSONValue], body: String) throws(RecordEditError) {
        let again = MarkdownText(text)
        let meant = Dictionary(
            uniqueKeysWithValues: fields.map { ($0.key, Frontmatter.asRead($0.value, under: $0.key)) })
        guard let read = try? again.frontmatter().fields, read == meant, again.body == body else {
            throw RecordEditError(
                "the change cannot be written into the frontmatter as it stands; edit the file by hand")
        }
    }
}
