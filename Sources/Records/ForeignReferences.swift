import Services

/// Finds references to files that `egghead mv` does not update, so that it can name them.
public enum ForeignReferences {
    /// The files to which attributes `src` and `href` of HTML lead, relative to the file with this text.
    ///
    /// - Returns: Each attribute's value as written, with the path that it means.
    public static func inHTML(of text: String, at path: String) -> [(value: String, path: String)] {
        guard text.utf8.contains(UInt8(ascii: "<")) else { return [] }
        var found: [(value: String, path: String)] = []
        for name in ["src=", "href="] {
            var rest = text[...]
            while let range = rest.firstRange(of: name) {
                rest = rest[range.upperBound...]
                guard let quote = rest.utf8.first, quote == .quote || quote == .apostrophe else { continue }
                rest = Substring(rest.utf8.dropFirst())
                guard let end = rest.utf8.firstIndex(of: quote) else { break }
                let value = rest[..<end]
                rest = rest[end...]
                guard let link = MarkdownPath(value, isInAngles: false),
                    let path = RelativePath.resolve(link.name.path[...], from: path)
                else { continue }
                found.append((String(value), path))
            }
        }
        return found
    }

    /// Whether a file holds paths of notes: a canvas or a base of Obsidian.
    public static func holdsPaths(_ path: String) -> Bool { path.hasSuffix(".canvas") || path.hasSuffix(".base") }
}
