import Services

/// A link of org-mode that leads to a record: `[[id:ops/broker]]`, `[[file:../ops/broker.org::*Limits][the broker]]`,
/// or `[[ops/broker]]` as in Markdown. Links to the web, to other files and to places in the same record lead to none.
///
/// See: Org manual, "Link Format" and "External Links"
struct OrgLink {
    /// What it says.
    let link: Wikilink
    /// The target as it is written, without `id:` or `file:` and without a place in the record.
    let target: Substring
    /// Whether it names a file and not an id.
    let isFile: Bool

    /// Reads what stands between two brackets.
    ///
    /// - Parameter path: Where the record lies: files are named as seen from there.
    init?(inner: Substring, path: String) {
        let end = inner.firstRange(of: "][")?.lowerBound ?? inner.endIndex
        let target = inner[..<end].trimmed()
        let text = end < inner.endIndex ? String(inner[end...].dropFirst(2)) : nil
        if target.hasPrefix("*") || target.hasPrefix("#") { return nil }
        if target.hasPrefix("file:") || target.hasPrefix("./") || target.hasPrefix("../") {
            let place = target.hasPrefix("file:") ? target.dropFirst(5) : target
            let file = place.firstRange(of: "::").map { place[..<$0.lowerBound] } ?? place
            guard let id = Self.resolve(file, from: path) else { return nil }
            (self.target, isFile) = (file, true)
            let fragment = place[file.endIndex...].dropFirst(2)
            link = Wikilink(target: id, fragment: fragment.isEmpty ? nil : String(fragment), text: text)
            return
        }
        let isID = target.hasPrefix("id:")
        if !isID && Self.hasScheme(target) { return nil }
        (self.target, isFile) = (isID ? target.dropFirst(3) : target, false)
        guard var link = Wikilink(inner: self.target) else { return nil }
        if let text { link.text = text }
        self.link = link
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

    /// The id of the record in a file that is named as seen from another; nil when it is no record's, or lies outside.
    private static func resolve(_ file: Substring, from path: String) -> String? {
        guard !file.hasPrefix("/"), !file.hasPrefix("~"), let name = RecordID.id(ofPath: file) else { return nil }
        var parts = path.split(separator: "/").dropLast()
        for part in name.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": if parts.popLast() == nil { return nil }
            case _: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// The name of a file as seen from another.
    static func relativePath(to target: String, from path: String) -> String {
        var to = target.split(separator: "/")[...], from = path.split(separator: "/").dropLast()
        while to.count > 1, let next = from.first, next == to.first {
            to.removeFirst()
            from.removeFirst()
        }
        return (from.map { _ in ".." } + to).joined(separator: "/")
    }
}
