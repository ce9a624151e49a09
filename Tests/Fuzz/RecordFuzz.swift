// scripts/fuzz builds this together with the files of the room Records.

import Services

/// Gives texts to the readers of records: frontmatter, drawers, links, headings, passages. libFuzzer calls it, with
/// bytes that reach code not reached before; the first byte says which format it is.
///
/// See: LLVM documentation, libFuzzer
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard let first = bytes.first, let text = String(validating: bytes.dropFirst(), as: UTF8.self) else { return 0 }
    check(text, first & 1 == 0 ? .markdown : .org)
    return 0
}

func require(_ condition: Bool, _ complaint: String) {
    if !condition { fatalError(complaint) }
}

func check(_ text: String, _ format: RecordFormat) {
    let path = "notes/here" + format.fileExtension, record = Record(path: path, text: text)
    let parts = RecordFormat.parts(of: text, at: path)
    require(parts.text.utf8.elementsEqual(text.utf8), "cut and joined it is another text")
    for problem in record.problems where problem.message.contains("\n") { fatalError("\(problem) has lines") }
    if let unchanged = try? parts.updating(fields: [:], body: nil) {
        require(unchanged.text.utf8.elementsEqual(text.utf8), "an update without changes is one")
    }
    checkUpdate(parts)
    checkMove(parts, path)
    for passage in RecordPassage.split(parts.body, in: format) {
        require(passage.text.utf8.count <= RecordLimits.passageBytesMax, "a passage is too long")
        require(!passage.text.isEmpty, "a passage is empty")
    }
    _ = SearchQuery(text).readings
    _ = IndexText.restored(IndexText.cut(text))
}

/// What was set is read again, and everything else is as it was.
func checkUpdate(_ parts: any RecordText) {
    guard let before = try? parts.fields() else { return }
    let value = JSONValue.string("a: *b, c")
    guard let updated = try? parts.updating(fields: ["fuzzed": value], body: nil) else { return }
    guard let after = try? updated.fields() else { fatalError("an update has broken the keys") }
    require(after["fuzzed"] == value, "what was set is not there")
    require(updated.body.utf8.elementsEqual(bodyAfterKeys(parts)), "an update has changed the body")
    for (key, old) in before where key != "fuzzed" {
        require(after[key] == old, "an update has changed another key")
    }
    guard before["fuzzed"] == nil, let removed = try? updated.updating(fields: ["fuzzed": .null], body: nil) else {
        return
    }
    require((try? removed.fields()) == before, "a key that was set and removed leaves something")
}

/// A byte order mark at the body's beginning goes before the keys that are put there.
func bodyAfterKeys(_ parts: any RecordText) -> Substring.UTF8View {
    let body = parts.body[...]
    let isMoved = parts.body.utf8.count == parts.text.utf8.count && body.unicodeScalars.first == "\u{feff}"
    return isMoved ? Substring(body.unicodeScalars.dropFirst()).utf8 : body.utf8
}

/// Links to a record that moves lead to its new place, and none to the old one.
func checkMove(_ parts: any RecordText, _ path: String) {
    let format = RecordFormat.of(path)
    let targets = TextMarks(in: parts.body, format, path: path).targets(.wikilink)
    // A target with signs of its own, such as a backtick, may make a fence of its line when it goes, or end one.
    let isPlain = { (id: String) in id.allSatisfy { $0.isLetter || $0.isNumber || "/-_. ".contains($0) } }
    // A link that has an extension may mean another file than the one that moves here.
    let body = parts.body.lowercased()
    let hasExtension = { (id: String) in body.contains(id.lowercased() + ".") }
    let old = targets.first {
        RecordID.objection(to: $0) == nil && isPlain($0) && !hasExtension($0) && $0 != "new/place"
    }
    guard let old else { return }
    let file = RecordID.path(of: old, in: .markdown)
    if file == path { return }
    let table = LinkTable(records: [(id: old, path: file)])
    let move = RecordMove(of: file, to: "new/place.md", path: path, newPath: path, table: table)
    let moved = parts.retargetingLinks(move).text
    let now = TextMarks(in: moved.body, format, path: path).targets(.wikilink)
    require(now.contains("new/place"), "a link has not followed")
    require(!now.contains(old), "a link has stayed")
}
