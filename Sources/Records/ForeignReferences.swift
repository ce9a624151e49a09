import Services

/// Finds references to files that `egghead mv` does not update, so that it can name them.
public enum ForeignReferences {
    /// The files to which attributes `src` and `href` of HTML lead, relative to the file with this text.
    ///
    /// - Returns: Each attribute's value as written, with the path that it means.
    public static func inHTML(of text: String, at path: String) -> [(value: String, path: String)] {
        guard text.utf8.contains(.less) else { return [] }
        let bytes = Array(text.utf8)
        var found: [(value: String, path: String)] = [], position = 0, isInTag = false
        while position < bytes.count {
            switch bytes[position] {
            case .less: isInTag = position + 1 < bytes.count && bytes[position + 1].isASCIILetter
            case .greater: isInTag = false
            case UInt8(ascii: "=") where isInTag:
                let value = value(in: bytes, after: position)
                if leadsToFile(bytes[..<position]), let link = MarkdownPath(Substring(value.text), isInAngles: false),
                    let path = RelativePath.resolve(link.name.path[...], from: path)
                {
                    found.append((value.text, path))
                }
                position = value.end
                continue
            case _: break
            }
            position += 1
        }
        return found
    }

    /// The value after a `=`, and where it ends. A quote that is not closed is no value.
    ///
    /// See: HTML, 13.1.2.3 Attributes
    private static func value(in bytes: [UInt8], after sign: Int) -> (text: String, end: Int) {
        let start = bytes[(sign + 1)...].firstIndex { !$0.isHTMLBlank } ?? bytes.endIndex
        guard start < bytes.endIndex else { return ("", start) }
        let quote = bytes[start]
        if quote == .quote || quote == .apostrophe {
            let end = bytes[(start + 1)...].firstIndex(of: quote)
            return (end.map { String(decoding: bytes[start + 1..<$0], as: UTF8.self) } ?? "", end ?? start + 1)
        }
        let end = bytes[start...].firstIndex { $0.isHTMLBlank || $0 == .greater || $0 == .less } ?? bytes.endIndex
        return (String(decoding: bytes[start..<end], as: UTF8.self), end)
    }

    /// Whether the attribute with the last name of these bytes has a file as its value.
    private static func leadsToFile(_ bytes: ArraySlice<UInt8>) -> Bool {
        let end = bytes.lastIndex { !$0.isHTMLBlank }.map { $0 + 1 } ?? bytes.startIndex
        return ["src", "href"].contains { name in
            let start = end - name.utf8.count
            guard start > bytes.startIndex, bytes[start - 1].isHTMLBlank else { return false }
            return zip(bytes[start..<end], name.utf8).allSatisfy { $0 | 0x20 == $1 }
        }
    }

    /// Whether a file holds paths of notes: a canvas or a base of Obsidian.
    public static func holdsPaths(_ path: String) -> Bool { path.hasSuffix(".canvas") || path.hasSuffix(".base") }
}

extension UInt8 {
    fileprivate static let less = UInt8(ascii: "<"), greater = UInt8(ascii: ">")
    /// Whether it is white space between the attributes of HTML.
    fileprivate var isHTMLBlank: Bool { [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(self) }
    fileprivate var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
