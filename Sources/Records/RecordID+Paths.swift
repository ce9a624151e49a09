import Services

// Which texts are ids of records, and the paths of records by their ids.
//
// An id is a relative path without its extension. It comes from files and from requests, so it is checked before it
// becomes a path: it can leave the directory neither upwards nor through a hidden folder.
extension RecordID {
    /// Why a text is not an id, in words that follow the id; nil if it is one.
    public static func objection(to id: String) -> String? {
        if id.isEmpty { return "is empty" }
        if id.utf8.count > RecordLimits.idBytesMax { return "is longer than \(RecordLimits.idBytesMax) bytes" }
        if id.unicodeScalars.contains(where: \.isControl) {
            return "holds a control character"
        }
        // By bytes, as the kernel splits paths: a String considers a slash with an accent another character.
        for component in id.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let space = UInt8(ascii: " ")
            if component.isEmpty { return "begins or ends with a slash, or holds two in a row" }
            if component.first == UInt8(ascii: ".") { return "has a part that begins with a dot" }
            if component.first == space { return "has a part that begins with a space" }
            if component.last == space { return "has a part that ends with a space" }
        }
        return nil
    }

    /// Why a text cannot be the id of a new record, in words that follow the id; nil if it can. Files may have other
    /// names, but a wikilink ends at these characters, so that no record could link to the new one.
    ///
    /// See: Obsidian Help, "Internal links", invalid characters
    public static func objection(toNew id: String) -> String? {
        if let objection = objection(to: id) { return objection }
        if let format = RecordFormat(path: id) {
            return "ends in \(format.fileExtension), which the name of the file gets by itself"
        }
        let sign = id.first { "#^[]|".contains($0) }
        return sign.map { "holds \($0), at which a [[link]] would end" }
    }

    /// The path of a record of this id that has no key `id`.
    public static func path(of id: String, in format: RecordFormat) -> String { id + format.fileExtension }

    /// The path of a record of this id in a file whose name ends as that of another.
    public static func path(of id: String, like path: String) -> String {
        id + String(Substring(path.utf8.suffix(RecordFormat.of(path).fileExtension.utf8.count)))
    }

    /// Every path whose record has this id unless it has a key `id`.
    public static func paths(of id: String) -> [String] { RecordFormat.allCases.map { path(of: id, in: $0) } }

    /// The id that a path gives: the path without its extension. Nil if the path is not that of a record.
    public static func id(ofPath path: Substring) -> Substring? {
        RecordFormat(path: path).map { Substring(path.utf8.dropLast($0.fileExtension.utf8.count)) }
    }

    /// The id that a path gives.
    public static func id(ofPath path: String) -> String? { id(ofPath: Substring(path)).map(String.init) }

    /// Whether a file or folder name is ignored: hidden ones, which include `.git`, `.trash` and `.egghead`.
    public static func isIgnored(name: String) -> Bool { name.hasPrefix(".") }

    /// An id made from a title: lower case, words joined by hyphens, other characters left out.
    ///
    /// - Returns: `note` if nothing of the title is left.
    public static func slug(of title: String) -> String {
        var slug = ""
        for character in title.lowercased() {
            if slug.utf8.count >= 80 { break }
            if character.isLetter || character.isNumber {
                slug.append(character)
            } else if !slug.isEmpty && !slug.hasSuffix("-") {
                slug.append("-")
            }
        }
        while slug.hasSuffix("-") { slug.removeLast() }
        return slug.isEmpty ? "note" : slug
    }
}

extension Unicode.Scalar {
    /// Whether it is one of the 65 control characters.
    ///
    /// See: Unicode, general category Cc
    var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
