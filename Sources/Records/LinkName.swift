import Services
@_spi(_Unicode) import Swift

/// What a link names, as it is written and without the place in it.
public struct LinkName: Hashable, Sendable {
    /// The target as written, without the part after `#`.
    public var target: String
    /// How the link is written.
    public var style: LinkStyle

    /// A link with this target.
    public init(_ target: String, _ style: LinkStyle) {
        self.target = target
        self.style = style
    }

    /// The target as a path: without the escapes of a Markdown link.
    var path: String {
        switch style {
        case .wikilink: target
        case .path: MarkdownPath.decoded(target)
        }
    }

    /// Whether the target is relative to the folder of its file, as `../a` and `./a` are.
    var isRelative: Bool {
        let path = path
        return path.utf8.contains(UInt8(ascii: "."))
            && path.utf8.split(separator: .slash, omittingEmptySubsequences: false)
                .contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
    }

    /// The key by which the target is compared with names. It begins with a slash if it is a whole path, and is empty
    /// if the target leads out of the records directory.
    ///
    /// - Parameter file: The path of the file with the link.
    public func key(from file: String) -> String {
        let path = path
        if path.utf8.first == .slash { return "/" + Self.key(ofPath: Substring(path.utf8.drop { $0 == .slash })) }
        guard isRelative else { return Self.key(ofPath: path[...]) }
        return RelativePath.resolve(path[...], from: file).map { "/" + Self.key(ofPath: $0[...]) } ?? ""
    }

    /// The key of a target that is meant relative to its file, whether it says so or not.
    func keyBeside(_ file: String) -> String? {
        let path = path
        if path.utf8.first == .slash { return nil }
        return RelativePath.resolve(path[...], from: file).map { "/" + Self.key(ofPath: $0[...]) }
    }

    /// The key of a path or an id: without the extension of a record, in lower case, and with each letter and its
    /// accents in one character where there is one.
    ///
    /// See: Unicode Standard Annex 15, NFC
    static func key(ofPath path: Substring) -> String { fold(RecordID.id(ofPath: path) ?? path) }

    /// A text in lower case and in NFC.
    static func fold(_ text: Substring) -> String {
        let isFolded = text.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5a).contains($0) }
        if isFolded { return String(text) }
        let lower = text.lowercased()
        if lower.utf8.allSatisfy({ $0 < 0x80 }) { return lower }
        var scalars = String.UnicodeScalarView()
        for scalar in lower._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// A text in NFC.
    static func composed(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// The last part of a key.
    static func lastPart(ofKey key: String) -> Substring {
        key.utf8.lastIndex(of: .slash).map { key[key.utf8.index(after: $0)...] } ?? key[...]
    }

    /// The keys by which links find a path or an id: each end of it, the shortest last.
    static func ends(of key: String) -> [Substring] {
        var ends = [key[...]], rest = key[...]
        while let slash = rest.utf8.firstIndex(of: .slash) {
            rest = rest[rest.utf8.index(after: slash)...]
            ends.append(rest)
        }
        return ends
    }
}

/// A name of a record, with what it is made from.
public struct RecordName: Hashable, Sendable {
    /// What a name is made from; a link means the first of these that there is.
    public enum Kind: Int, Sendable {
        /// The record's own key `id`.
        case id = 0
        /// The end of an id or a path.
        case path
        /// The end of the path of another file.
        case attachment
        /// An item of the key `aliases`.
        case alias
    }

    /// The key that links are compared with.
    public var key: String
    /// What it is made from.
    public var kind: Kind

    /// Every name of a record, each key once.
    public static func all(id: String, path: String, aliases: [String]) -> [RecordName] {
        var names: [RecordName] = [], seen: Set<String> = []
        func add(_ key: some StringProtocol, _ kind: Kind) {
            if !key.isEmpty, seen.insert(String(key)).inserted {
                names.append(RecordName(key: String(key), kind: kind))
            }
        }
        let place = RecordID.id(ofPath: path) ?? path
        let isOwn = !place.utf8.elementsEqual(id.utf8)
        if isOwn { add(LinkName.fold(id[...]), .id) }
        for end in LinkName.ends(of: LinkName.fold(place[...])) { add(end, .path) }
        add("/" + LinkName.fold(place[...]), .path)
        if isOwn { for end in LinkName.ends(of: LinkName.fold(id[...])) { add(end, .path) } }
        for alias in aliases { add(LinkName.fold(Substring(alias).trimmed()), .alias) }
        return names
    }

    /// Every name of a file that is not a record.
    static func all(attachment path: String) -> [RecordName] {
        let key = LinkName.fold(path[...])
        return (LinkName.ends(of: key) + ["/\(key)"]).map { RecordName(key: String($0), kind: .attachment) }
    }

    /// The last part of the key.
    var lastPart: Substring { LinkName.lastPart(ofKey: key) }
}

/// Paths that are relative to a file.
enum RelativePath {
    /// The path below the records directory of a file that is named relative to another; nil outside of the directory.
    static func resolve(_ name: Substring, from file: String) -> String? {
        var parts = file.utf8.split(separator: .slash).dropLast()
        for part in name.utf8.split(separator: .slash) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if parts.popLast() == nil { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.map { String(Substring($0)) }.joined(separator: "/")
    }

    /// The name of a file relative to another.
    static func name(of target: String, from file: String) -> String {
        var to = target.utf8.split(separator: .slash)[...], from = file.utf8.split(separator: .slash).dropLast()
        while to.count > 1, let next = from.first, let first = to.first, next.elementsEqual(first) {
            to.removeFirst()
            from.removeFirst()
        }
        return (from.map { _ in ".." } + to.map { String(Substring($0)) }).joined(separator: "/")
    }
}
