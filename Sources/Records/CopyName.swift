import Services

/// The names that people, desktops and services give to a copy that lies beside its original.
///
/// A name alone proves nothing: `scout 2.md` is a copy where there is a `scout.md`, and a name like others where there
/// is none.
enum CopyName {
    /// The words for a copy or an earlier version, in the languages of desktops whose word is not "copy".
    private static let words: Set<Substring> = [
        "copy", "kopie", "copie", "copia", "cópia", "kopia", "kopi", "kopio", "bak", "backup", "old", "orig", "save",
    ]
    /// What stands before the name of the original.
    private static let beginnings = [
        "copy of ", "backup of ", "kopie von ", "kopie van ", "copie de ", "copia de ", "copia di ", "cópia de ",
        "kopia av ",
    ]
    private static let separators: Set<Character> = [" ", "-", "_", ".", "–"]
    /// The most digits of the number of a copy; a year is none.
    private static let numberDigitsMax = 3
    /// The shortest name of a computer, in characters: `scout-QA` is a name of its own.
    private static let hostMin = 5

    /// The paths of which a file may be a copy, the nearest first.
    static func originals(of path: String) -> [String] {
        guard let place = RecordID.id(ofPath: path[...]) else { return [] }
        let end = path[place.endIndex...]
        let start = place.utf8.lastIndex(of: .slash).map { place.utf8.index(after: $0) } ?? place.startIndex
        // Most names are one word, and ask for no more.
        guard place[start...].contains(where: { separators.contains($0) || $0 == "~" || $0 == ")" }) else { return [] }
        return stems(of: place[start...]).map { "\(place[..<start])\($0)\(end)" }
    }

    /// The most names of which one may be a copy.
    private static let originalsMax = 32

    private static func stems(of stem: Substring) -> [Substring] {
        var found: [Substring] = [], next = 0, stem = stem
        while found.count < originalsMax {
            let shorter = [withoutBeginning(stem), withoutParentheses(stem), withoutWord(stem)] + withoutHosts(stem)
            for original in shorter {
                if let original, !original.isEmpty, !found.contains(original) { found.append(original) }
            }
            if next == found.count { break }
            stem = found[next]
            next += 1
        }
        return found
    }

    /// `Copy of scout`, `Copy (2) of scout`.
    private static func withoutBeginning(_ stem: Substring) -> Substring? {
        let lower = stem.lowercased()
        if let beginning = beginnings.first(where: lower.hasPrefix) { return stem.dropFirst(beginning.count) }
        guard lower.hasPrefix("copy ("), let close = stem.firstIndex(of: ")") else { return nil }
        let rest = stem[close...]
        return rest.lowercased().hasPrefix(") of ") ? rest.dropFirst(5) : nil
    }

    /// `scout (1)`, `scout (copy)`, `scout (3rd copy)`, `scout (2026-03-14)`.
    private static func withoutParentheses(_ stem: Substring) -> Substring? {
        guard stem.last == ")", let open = stem.lastIndex(of: "(") else { return nil }
        let inside = stem[open...].dropFirst().dropLast().lowercased()
        let isNumber = !inside.isEmpty && inside.allSatisfy { $0.isNumber || $0 == "-" }
        let isWord = inside.split(separator: " ").contains(where: words.contains)
        return isNumber || isWord ? trimmed(stem[..<open]) : nil
    }

    /// `scout copy`, `scout - Copy`, `scout.bak`, `scout 2`, `scout~`.
    private static func withoutWord(_ stem: Substring) -> Substring? {
        if stem.last == "~" { return stem.dropLast() }
        guard let separator = stem.lastIndex(where: separators.contains) else { return nil }
        let last = stem[stem.index(after: separator)...]
        let isNumber =
            stem[separator] == " " && last.count <= numberDigitsMax && !last.isEmpty
            && last.allSatisfy(\.isNumber)
        return isNumber || words.contains(last.lowercased()[...]) ? trimmed(stem[..<separator]) : nil
    }

    /// `scout-DESKTOP-4F7A`: the name of a computer is in capitals.
    ///
    /// See: OneDrive, "Resolve sync conflicts"
    private static func withoutHosts(_ stem: Substring) -> [Substring] {
        stem.indices.filter { stem[$0] == "-" }.compactMap { dash in
            let host = stem[stem.index(after: dash)...]
            let isHost =
                host.count >= hostMin && host.contains(where: \.isLetter)
                && host.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "-") }
            return isHost ? trimmed(stem[..<dash]) : nil
        }
    }

    private static func trimmed(_ stem: Substring) -> Substring {
        var stem = stem
        while let last = stem.last, separators.contains(last) { stem.removeLast() }
        return stem
    }
}
