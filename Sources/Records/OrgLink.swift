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
        let end = inner.firstRange(of: "][")?.lowerBound ?? inner.endIndex
        let target = inner[..<end].trimmed()
        let text = end < inner.endIndex ? String(inner[end...].dropFirst(2)) : nil
        if target.contains(where: \.isNewline) || "*#/~".contains(target.first ?? "#") { return nil }
        let scheme = ["file:", "id:"].first(where: target.hasPrefix)
        let isBareFile = target.hasPrefix("./") || target.hasPrefix("../")
        if scheme == nil && Self.hasScheme(target) { return nil }
        let place = target.dropFirst(scheme?.count ?? 0)
        let name = place.firstRange(of: "::").map { place[..<$0.lowerBound] } ?? place
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
            guard let link, let new = move.renamed(link.target), let range = target.firstRange(of: link.target) else {
                return nil
            }
            return (range, new)
        }
        guard let file = Self.resolve(target, from: move.path) else { return nil }
        let isMoved = link?.target == move.old
        let wanted = isMoved ? RecordFormat(path: file).map { RecordID.path(of: move.new, in: $0) } ?? file : file
        if Self.resolve(target, from: move.newPath) == wanted { return nil }
        let name = Self.relativePath(to: wanted, from: move.newPath)
        let isBare = style == .bareFile && !name.hasPrefix("../")
        return (target.startIndex..<target.endIndex, isBare ? "./" + name : name)
    }

    /// `https:`, `mailto:`, `doi:` and the like.
    private static func hasScheme(_ target: Substring) -> Bool {
        guard let colon = target.utf8.firstIndex(of: .colon) else { return false }
        let scheme = target.utf8[..<colon]
        return scheme.count > 1
            && scheme.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "+-.0123456789".utf8.contains(byte)
            }
    }

    /// The path of a file that is named relative to another; nil if it is absolute, or outside of the directory.
    private static func resolve(_ file: Substring, from path: String) -> String? {
        let isDrive = file.utf8.dropFirst().first == .colon  // c:/notes
        guard let first = file.first, first != "/", first != "~", !isDrive else { return nil }
        var parts = path.split(separator: "/").dropLast()
        for part in file.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": if parts.popLast() == nil { return nil }
            case _: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// The name of a file relative to another.
    private static func relativePath(to target: String, from path: String) -> String {
        var to = target.split(separator: "/")[...], from = path.split(separator: "/").dropLast()
        while to.count > 1, let next = from.first, next == to.first {
            to.removeFirst()
            from.removeFirst()
        }
        return (from.map { _ in ".." } + to).joined(separator: "/")
    }
}
