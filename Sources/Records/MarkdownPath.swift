import Services

/// The destination of a Markdown link that leads to a file: `notes/The%20broker.md#Limits`.
struct MarkdownPath {
    /// What it names, as written.
    let name: LinkName
    /// Where the name stands, without the place in the file.
    let written: Substring
    /// Whether it stands between `<` and `>`, where blanks need no escapes.
    let isInAngles: Bool

    /// Reads a destination.
    ///
    /// - Returns: Nil if it leads to the web, to a folder, or to a place in the same file.
    init?(_ destination: Substring, isInAngles: Bool) {
        let end = destination.utf8.firstIndex { $0 == .hash || $0 == UInt8(ascii: "?") } ?? destination.endIndex
        let written = destination[..<end]
        guard let last = written.utf8.last, last != .slash, !written.hasPrefix("//"), !Self.hasScheme(written),
            !written.hasSuffix("/."), !written.hasSuffix("/.."), written != ".", written != ".."
        else { return nil }
        self.written = written
        self.isInAngles = isInAngles
        name = LinkName(String(written), .path)
    }

    /// `https:`, `mailto:`, `C:` and the like.
    static func hasScheme(_ target: Substring) -> Bool {
        guard let colon = target.utf8.firstIndex(of: .colon), colon > target.startIndex else { return false }
        return target.utf8[..<colon].allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "+-.0123456789".utf8.contains(byte)
        }
    }

    /// A destination without its escapes, `%20` and `\(`; escapes that give no UTF-8 stay.
    ///
    /// See: RFC 3986 §2.1
    static func decoded(_ destination: String) -> String {
        let source = Array(destination.utf8)
        guard source.contains(where: { $0 == UInt8(ascii: "%") || $0 == .backslash }) else { return destination }
        var bytes: [UInt8] = [], position = 0
        while position < source.count {
            let byte = source[position]
            if byte == UInt8(ascii: "%"), position + 2 < source.count, source[position + 1] != UInt8(ascii: "+"),
                let code = UInt8(String(decoding: source[position + 1...position + 2], as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                position += 3
                continue
            }
            if byte == .backslash, position + 1 < source.count, source[position + 1].isPunctuation { position += 1 }
            bytes.append(source[position])
            position += 1
        }
        return String(validating: bytes, as: UTF8.self) ?? destination
    }

    /// A path as a destination.
    static func encoded(_ path: String, isInAngles: Bool) -> String {
        var text = ""
        for scalar in path.unicodeScalars {
            let isEscaped =
                isInAngles
                ? "<>\\%#?\n".unicodeScalars.contains(scalar) : " ()<>\\%#?\"".unicodeScalars.contains(scalar)
            if isEscaped {
                text += "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension UInt8 {
    /// A slash, which separates the parts of paths and ids.
    static let slash = UInt8(ascii: "/")

    /// Whether Markdown lets a backslash before it take away its meaning.
    fileprivate var isPunctuation: Bool {
        (0x21...0x2f).contains(self) || (0x3a...0x40).contains(self) || (0x5b...0x60).contains(self)
            || (0x7b...0x7e).contains(self)
    }
}
