import Services

/// A link of org-mode: `[[id:ops/broker]]`, `[[file:../ops/broker.org::*Limits][the broker]]`, or `[[ops/broker]]` as
/// in Markdown. Links to the web and to places in the same record are not included.
///
/// See: Org manual, "Link Format" and "External Links"
struct OrgLink {
    /// The link to a record; nil if it leads to a file that is not a record.
    let link: Wikilink?
    /// The target as written, without `id:` or `file:` and without a place in it.
    let target: Substring
    /// The form of the target.
    let style: Style

    /// The forms of a target.
    enum Style {
        /// An id, or the last part of one.
        case id
        /// The name of a file after `file:`.
        case file
        /// The name of a file that begins with `./` or `../`, which identifies it as a file.
        case bareFile
    }

    /// Reads the text between two brackets.
    ///
    /// - Parameter path: The record's path, to which names of files are relative.
    init?(inner: Substring, path: String) {
        let end = inner.utf8.firstRange(of: "][".utf8)?.lowerBound ?? inner.endIndex
        let target = inner[..<end].trimmed()
        let text = end < inner.endIndex ? String(inner[end...].dropFirst(2)) : nil
        if target.unicodeScalars.contains(where: { Character($0).isNewline }) || "*#/~".contains(target.first ?? "#") {
            return nil
        }
        let scheme = ["file:", "id:"].first(where: target.hasPrefix)
        let isBareFile = target.hasPrefix("./") || target.hasPrefix("../")
        if scheme == nil && MarkdownPath.hasScheme(target) { return nil }
        let place = target.dropFirst(scheme?.count ?? 0)
        let name = place.utf8.firstRange(of: "::".utf8).map { place[..<$0.lowerBound] } ?? place
        let fragment = place[name.endIndex...].dropFirst(2)
        self.target = name
        guard scheme == "file:" || isBareFile else {
            style = .id
            guard var link = Wikilink(inner: name) else { return nil }
            if !fragment.isEmpty { link.fragment = String(fragment) }
            if let text { link.text = text }
            self.link = link
            return
        }
        style = isBareFile ? .bareFile : .file
        guard let file = Self.resolve(name, from: path) else { return nil }
        let id = RecordID.id(ofPath: file).flatMap { RecordID.objection(to: $0) == nil ? $0 : nil }
        link = id.map { Wikilink(target: $0, fragment: fragment.isEmpty ? nil : String(fragment), text: text) }
    }

    /// The new target for a record that moves; nil if the link stays.
    func replacement(_ move: RecordMove) -> (Range<Substring.Index>, String)? {
        if style == .id {
            guard let link, let new = move.renamed(link.target),
                let range = target.utf8.firstRange(of: link.target.utf8)
            else { return nil }
            return (range, new)
        }
        guard let file = Self.resolve(target, from: move.path) else { return nil }
        let isMoved = file.utf8.elementsEqual(move.oldFile.utf8), wanted = isMoved ? move.newFile : file
        if Self.resolve(target, from: move.newPath) == wanted { return nil }
        let name = RelativePath.name(of: wanted, from: move.newPath)
        let isBare = style == .bareFile && !name.hasPrefix("../")
        return (target.startIndex..<target.endIndex, isBare ? "./" + name : name)
    }

    /// The path of a file that is named relative to another; nil if it is absolute, or outside of the directory.
    private static func resolve(_ file: Substring, from path: String) -> String? {
        let isDrive = file.utf8.dropFirst().first == .colon  // c:/notes
        guard let first = file.utf8.first, first != .slash, first != UInt8(ascii: "~"), !isDrive else { return nil }
        return RelativePath.resolve(file, from: path)
    }
}
