import Services

extension OrgText {
    /// A new record's text; its keys are properties.
    ///
    /// - Throws: When a key or value cannot be written.
    public static func create(fields: [String: JSONValue], body: String) throws(RecordEditError) -> OrgText {
        try OrgText("", path: "").updating(fields: fields.filter { $0.value != .null }, body: body)
    }

    /// The text with another head and body. The head ends its last line, and the first empty line below it belongs to
    /// it, so an empty line of the body needs another before it.
    private func with(head: [String], body: String) -> OrgText {
        var head = head
        if let last = head.last, !body.isEmpty {
            if last.utf8.last != .newline { head[head.count - 1] += lineEnd }
            var rest = body[...]
            let first = rest.takeLine() ?? ""
            if !last.allSatisfy(\.isWhitespace), first.allSatisfy(\.isWhitespace) { head.append(lineEnd) }
        }
        return OrgText(mark + head.joined() + body, path: path)
    }

    /// See `RecordText`. A key stays at its place; a new one becomes a property.
    public func updating(
        fields changes: [String: JSONValue], body newBody: String?
    ) throws(RecordEditError) -> OrgText {
        if changes.isEmpty && newBody == nil { return self }
        try RecordEditError.checkCount(of: changes)
        var expected: [String: JSONValue], text = self
        do { expected = try fields() } catch {
            guard changes.isEmpty else {
                throw RecordEditError("the drawer \(error.message); repair it by hand before changing keys")
            }
            return newBody.map { OrgText($0, path: path) } ?? self
        }
        for (key, value) in FrontmatterWriter.ordered(changes) {
            let name = key.lowercased()
            try text.set(name, value)
            expected[name] = value == .null ? nil : Frontmatter.asRead(value, under: name)
        }
        let body = newBody.map { $0.endingInNewline(lineEnd) } ?? body
        // Compares the value that reading gives with the intended one, before the file is replaced.
        let written = with(head: text.head, body: body)
        guard (try? written.fields()) == expected, written.body == body else {
            throw RecordEditError("the change cannot be written into the file as it stands; edit it by hand")
        }
        return written
    }

    /// See `RecordText`.
    public func retargetingLinks(_ move: RecordMove) -> (text: OrgText, left: [String]) {
        var text = self, left: [String] = []
        text.body = LinkPlace.retarget(TextMarks(in: body, .org, path: move.path).links, of: body[...], move)
        if (try? fields()) == nil { return (text, []) }
        for entry in entries.values.sorted(by: { $0.lines[0] < $1.lines[0] }) {
            for (line, value) in zip(entry.lines, entry.values) {
                let places = TextMarks(inParagraph: value, .org, path: move.path).links
                let new = LinkPlace.retarget(places, of: value, move)
                if new != value { text.head[line].replaceSubrange(value.startIndex..<value.endIndex, with: new) }
            }
        }
        guard let entry = entries["links"], TextMarks(inParagraph: entry.value, .org, path: path).links.isEmpty,
            let changed = move.renamed(OrgValue.read(entry.value, under: "links"))
        else { return (text, left) }
        do throws(RecordEditError) { text = try text.updating(fields: ["links": changed], body: nil) } catch {
            left.append("links: \(error)")
        }
        return (text, left)
    }

    private var lineEnd: String {
        let first = head.first ?? body
        return first.utf8.firstIndex(of: .newline).map { first[..<$0].hasSuffix("\r") } == true ? "\r\n" : "\n"
    }

    private mutating func set(_ key: String, _ value: JSONValue) throws(RecordEditError) {
        let isName = key.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && !$0.isControl && $0 != ":" }
        if key.isEmpty || key.utf8.count > RecordLimits.keyBytesMax || !isName || key == "end" {
            throw RecordEditError("the key \"\(key.prefix(40))\" can be no property; choose another")
        }
        try value.checkDepth(under: key)
        let entry = entries[key]
        if let entry {
            // Of several settings the first one stays.
            for line in entry.lines.dropFirst(value == .null ? 0 : 1).reversed() { head.remove(at: line) }
        }
        if value != .null {
            guard let text = OrgValue.write(value, under: key, asProperty: entry?.isProperty ?? true) else {
                throw RecordEditError("the value of \(key) cannot be written in one line; edit the file by hand")
            }
            if let entry { replace(entry, with: text) } else { append(":\(key.uppercased()): \(text)\(lineEnd)") }
        }
        // The present lines of the drawer; the body is not examined for each key.
        drawer = OrgText(head.joined(), path: path).drawer
    }

    /// Writes another value into the first line of a key; the text before the value stays.
    private mutating func replace(_ entry: Entry, with text: String) {
        let old = head[entry.lines[0]], value = entry.values[0]
        let end = old.hasSuffix("\r\n") ? "\r\n" : old.hasSuffix("\n") ? "\n" : ""
        let start = value.isEmpty ? Substring(old).trimmingEnd() + " " : old[..<value.startIndex]
        head[entry.lines[0]] = start + text + end
    }

    private mutating func append(_ line: String) {
        if let drawer {
            head.insert(line, at: drawer.upperBound)
        } else {
            head.insert(contentsOf: [":PROPERTIES:\(lineEnd)", line, ":END:\(lineEnd)"], at: 0)
        }
    }
}
