import Services

extension OrgText {
    /// A new record's text; its keys are properties.
    ///
    /// - Throws: When a key or value cannot be written.
    public static func create(fields: [String: JSONValue], body: String) throws(RecordEditError) -> OrgText {
        try OrgText(head: [], body: "").updating(fields: fields.filter { $0.value != .null }, body: body)
    }

    /// Joins what may not have stood side by side before: the head ends its last line, and the first empty line below
    /// it belongs to it, so that one of the body's own needs another before it.
    private init(head: [String], body: String) {
        var head = head
        let end = head.first?.hasSuffix("\r\n") == true ? "\r\n" : "\n"
        if let last = head.last, !body.isEmpty {
            if last.utf8.last != .newline { head[head.count - 1] += end }
            var rest = body[...]
            let first = OrgLine.take(&rest) ?? ""
            if !last.allSatisfy(\.isWhitespace), first.allSatisfy(\.isWhitespace) { head.append(end) }
        }
        self.init(head.joined() + body)
    }

    /// See `RecordText`. A key stays where it is; a new one becomes a property.
    public func updating(
        fields changes: [String: JSONValue], body newBody: String?
    ) throws(RecordEditError) -> OrgText {
        if changes.isEmpty && newBody == nil { return self }
        var expected: [String: JSONValue], text = self
        do { expected = try fields() } catch {
            guard changes.isEmpty else {
                throw RecordEditError("the drawer \(error.message); repair it by hand before changing keys")
            }
            return newBody.map(OrgText.init) ?? self
        }
        for (key, value) in FrontmatterWriter.ordered(changes) {
            let name = key.lowercased()
            try text.set(name, value)
            expected[name] = value == .null ? nil : Frontmatter.asRead(value, under: name)
        }
        let mark = head.isEmpty && body.unicodeScalars.first == "\u{feff}" && !changes.isEmpty
        let kept = mark ? String(body.unicodeScalars.dropFirst()) : body
        let body = newBody.map { Self.endingInNewline($0, lineEnd) } ?? kept
        // What was written must read as what was meant: a last look before a file is replaced.
        let written = OrgText(head: text.head, body: body)
        guard (try? written.fields()) == expected, written.body == body else {
            throw RecordEditError("the change cannot be written into the file as it stands; edit it by hand")
        }
        return written
    }

    /// See `RecordText`.
    public func retargetingLinks(_ move: RecordMove) throws(RecordEditError) -> OrgText {
        let newBody = Wikilink.retargeting(body, in: .org, move)
        var changes: [String: JSONValue] = [:]
        if let links = try? fields()["links"], let changed = move.renamed(links) { changes["links"] = changed }
        if changes.isEmpty && newBody == body { return self }
        return OrgText(head: try updating(fields: changes, body: nil).head, body: newBody)
    }

    private var lineEnd: String { text.utf8.contains(UInt8(ascii: "\r")) && text.contains("\r\n") ? "\r\n" : "\n" }

    private mutating func set(_ key: String, _ value: JSONValue) throws(RecordEditError) {
        let isName = key.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && !$0.isControl && $0 != ":" }
        if key.isEmpty || key.utf8.count > RecordLimits.keyBytesMax || !isName || key == "end" {
            throw RecordEditError("the key \"\(key.prefix(40))\" can be no property; choose another")
        }
        try value.checkDepth(under: key)
        let entry = entry(key)
        if value == .null {
            if let entry { head.remove(at: entry.line) }
        } else if let entry {
            head[entry.line] = try line(key, value, in: entry)
        } else {
            try append(key, value)
        }
        self = OrgText(head: head, body: body)
    }

    /// The line of a key with another value; what stands before the value stays.
    private func line(_ key: String, _ value: JSONValue, in entry: Entry) throws(RecordEditError) -> String {
        guard let text = OrgValue.write(value, under: key, asProperty: entry.isProperty) else {
            throw RecordEditError("the value of \(key) cannot be written in one line; edit the file by hand")
        }
        let old = head[entry.line]
        let end = old.hasSuffix("\r\n") ? "\r\n" : old.hasSuffix("\n") ? "\n" : ""
        if entry.value.isEmpty { return Substring(old).trimmingEnd() + " \(text)\(end)" }
        return old[..<entry.value.startIndex] + text + end
    }

    private mutating func append(_ key: String, _ value: JSONValue) throws(RecordEditError) {
        guard let text = OrgValue.write(value, under: key, asProperty: true) else {
            throw RecordEditError("the value of \(key) cannot be written in one line; edit the file by hand")
        }
        let line = ":\(key.uppercased()): \(text)\(lineEnd)"
        if let drawer {
            head.insert(line, at: drawer.upperBound)
        } else {
            // A byte order mark stays the first thing in the file.
            let hasMark = self.text.unicodeScalars.first == "\u{feff}", mark = hasMark ? "\u{feff}" : ""
            if hasMark { self = OrgText(String(self.text.unicodeScalars.dropFirst())) }
            head.insert(contentsOf: ["\(mark):PROPERTIES:\(lineEnd)", line, ":END:\(lineEnd)"], at: 0)
        }
    }

    private static func endingInNewline(_ body: String, _ end: String) -> String {
        body.isEmpty || body.last?.isNewline == true ? body : body + end
    }
}
