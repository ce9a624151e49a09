import Services

/// The change of a record's path, from the view of the links of one file.
public struct RecordMove: Sendable {
    /// The path of the record's file, before and after.
    public var oldFile: String, newFile: String
    /// The path of the file whose links are updated, before and after; they differ only for the record itself.
    public var path: String, newPath: String
    /// What links mean, before and after.
    private var before: LinkTable, after: LinkTable

    /// A move, from the view of the links of one file.
    ///
    /// - Parameter table: What links mean before the move.
    public init(of oldFile: String, to newFile: String, path: String, newPath: String, table: LinkTable) {
        self.oldFile = oldFile
        self.newFile = newFile
        self.path = path
        self.newPath = newPath
        before = table
        after = table.moving(oldFile, to: newFile)
    }

    /// The same move, from the view of the links of another file.
    public func seen(from path: String) -> RecordMove {
        var move = self
        move.path = path
        move.newPath = asMoved(path)
        return move
    }

    /// The links that still name the file's old place in the text after the move: those in keys that cannot be read.
    public func stale(in text: String) -> [LinkName] {
        Record(path: newPath, text: text).linkNames.filter { name in
            before.path(of: name, from: path)?.hasSameBytes(as: oldFile) == true && !leads(name, to: newFile)
        }
    }

    /// The path after the move of the file that a link means; nil if it means none.
    private func destination(of name: LinkName) -> String? {
        before.path(of: name, from: path).map(asMoved)
    }

    private func leads(_ name: LinkName, to destination: String) -> Bool {
        after.path(of: name, from: newPath)?.hasSameBytes(as: destination) == true
    }

    /// The new target of a wikilink; nil if the link leads to the same file as before, or to none.
    ///
    /// A target that is relative or begins with a slash stays so; any other becomes the whole path.
    func renamed(_ target: String) -> String? {
        let name = LinkName(target, .wikilink)
        guard let destination = destination(of: name), !leads(name, to: destination) else { return nil }
        let written = RecordID.id(ofPath: destination) ?? destination
        let forms = name.isRelative ? [relative(written, like: target)] : target.hasPrefix("/") ? [] : [written]
        return (forms + ["/" + written]).first { leads(LinkName($0, .wikilink), to: destination) }
    }

    /// The new target of a Markdown link; nil if the link leads to the same file as before, or to none.
    func renamed(_ link: MarkdownPath) -> String? {
        let name = link.name, path = name.path
        guard let destination = destination(of: name) else { return nil }
        // Other programs than Obsidian read every such path as relative to its file.
        let wasBeside = RelativePath.resolve(path[...], from: self.path).map(asMoved) == destination
        let isBeside = RelativePath.resolve(path[...], from: newPath) == destination
        if path.hasPrefix("/") || !wasBeside ? leads(name, to: destination) : isBeside { return nil }
        let hasExtension = RecordID.id(ofPath: path) != nil || RecordID.id(ofPath: destination) == nil
        let written = hasExtension ? destination : RecordID.id(ofPath: destination) ?? destination
        let new = path.hasPrefix("/") ? "/" + written : relative(written, like: path)
        return MarkdownPath.encoded(new, isInAngles: link.isInAngles)
    }

    private func asMoved(_ path: String) -> String { path.hasSameBytes(as: oldFile) ? newFile : path }

    /// The name of a path relative to the file, with `./` if the old name had it.
    private func relative(_ path: String, like old: String) -> String {
        let name = RelativePath.name(of: path, from: newPath)
        return old.hasPrefix("./") && !name.hasPrefix("../") ? "./" + name : name
    }

    /// The value of a key `links` with new targets; nil if none of them changes.
    func renamed(_ links: JSONValue) -> JSONValue? {
        switch links {
        case .string(let text):
            let isWikilink = text.hasPrefix("[[") && text.hasSuffix("]]")
            guard let link = Wikilink(inner: isWikilink ? text.dropFirst(2).dropLast(2) : text[...]),
                let target = renamed(link.target), let range = text.firstRange(of: link.target)
            else { return nil }
            return .string(text[..<range.lowerBound] + target + text[range.upperBound...])
        case .array(let items):
            let changed = items.map { renamed($0) }
            return changed.contains { $0 != nil } ? .array(zip(changed, items).map { $0 ?? $1 }) : nil
        case .null, .bool, .integer, .number, .object: return nil
        }
    }
}
