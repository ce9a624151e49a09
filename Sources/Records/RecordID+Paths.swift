import Services

// What may be an id of a record, and where a record of that id lies.
//
// An id is a relative path without its extension. It comes from files and from requests, so it is checked before it
// becomes a path again: it can leave the directory neither upwards nor through a hidden folder.
extension RecordID {
    /// Why a text is no id, in words that follow the id itself; nil when it is one.
    public static func objection(to id: String) -> String? {
        if id.isEmpty { return "is empty" }
        if id.utf8.count > RecordLimits.idBytesMax { return "is longer than \(RecordLimits.idBytesMax) bytes" }
        if id.unicodeScalars.contains(where: \.isControl) {
            return "holds a control character"
        }
        // By bytes, as the kernel takes paths apart: to a String a slash with an accent on it is another character.
        for component in id.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let space = UInt8(ascii: " ")
            if component.isEmpty { return "begins or ends with a slash, or holds two in a row" }
            if component.first == UInt8(ascii: ".") { return "has a part that begins with a dot" }
            if component.first == space || component.last == space { return "has a part with a space at its end" }
        }
        return nil
    }

    /// Where a record of this id lies when its path is its id.
    public static func path(of id: String, in format: RecordFormat) -> String { id + format.fileExtension }

    /// Every path whose record has this id unless it names another.
    public static func paths(of id: String) -> [String] { RecordFormat.allCases.map { path(of: id, in: $0) } }

    /// The id that a path gives: the path without its extension. Nil when the path is no record's.
    public static func id(ofPath path: Substring) -> Substring? {
        RecordFormat(path: path).map { Substring(path.utf8.dropLast($0.fileExtension.utf8.count)) }
    }

    /// The id that a path gives.
    public static func id(ofPath path: String) -> String? { id(ofPath: Substring(path)).map(String.init) }

    /// The last part of an id in lower case: by it `[[Broker]]` finds `notes/broker`, when no record has the whole id.
    public static func lastPart(of id: String) -> String { (id.split(separator: "/").last ?? "").lowercased() }

    /// Whether a file or folder name is passed over: hidden ones, and with them `.git`, `.trash` and `.egghead`.
    public static func isIgnored(name: String) -> Bool { name.hasPrefix(".") }

    /// An id made from a title: lower case, words joined by hyphens, everything else left out.
    ///
    /// - Returns: `note` when nothing of the title is left.
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
