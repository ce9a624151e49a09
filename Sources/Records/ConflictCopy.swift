/// Recognizes the files in which programs keep the other version of a file that was changed at two places.
public enum ConflictCopy {
    /// What is told of a conflict copy; nil if the file is none.
    static func message(of path: String) -> String? {
        program(of: path).map { "the file is the conflict copy of another, by \($0); compare both and delete one" }
    }

    /// The program whose name for such files this is; nil if the file is none.
    ///
    /// See: Syncthing, "Conflicting Changes"; Dropbox and Nextcloud, "conflicted copy"; Seafile, "SFConflict";
    /// git-mergetool(1)
    public static func program(of path: String) -> String? {
        let bytes = path.utf8, start = bytes.lastIndex(of: .slash).map { bytes.index(after: $0) } ?? bytes.startIndex
        let name = path[start...]
        if path.hasSuffix(".orig") { return "git mergetool" }
        // Most names have none of these characters.
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "_") || $0 == .dash }) else {
            return nil
        }
        let lower = name.lowercased()
        if lower.firstRange(of: ".sync-conflict-") != nil { return "Syncthing" }
        if lower.firstRange(of: "conflicted copy") != nil, lower.contains("(") { return "Dropbox or Nextcloud" }
        if lower.firstRange(of: "(case conflict") != nil { return "Dropbox or Nextcloud" }
        if lower.firstRange(of: "(sfconflict") != nil { return "Seafile" }
        if isDatedConflict(lower) { return "Dropbox or a program like it" }
        if hasNumber(name, after: ["_conflict-"]) { return "Nextcloud" }
        if hasNumber(name, after: ["_LOCAL_", "_REMOTE_", "_BASE_", "_BACKUP_"]) { return "git mergetool" }
        return nil
    }

    /// Whether parentheses hold the word for a conflict, which begins alike in most languages, and a date: Dropbox
    /// names its copies in the language of the account, such as `(In Konflikt stehende Kopie von Ann 2026-03-14)`.
    private static func isDatedConflict(_ name: String) -> Bool {
        guard let open = name.utf8.firstIndex(of: UInt8(ascii: "(")) else { return false }
        let inside = name[open...]
        let isNamed = ["confli", "konfli"].contains { inside.firstRange(of: $0) != nil }
        return isNamed
            && inside.utf8.split(separator: UInt8(ascii: "-")).dropFirst().contains { part in
                part.count >= 2 && part.prefix(2).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }

    /// Whether one of these marks and a digit follow each other.
    private static func hasNumber(_ name: Substring, after marks: [String]) -> Bool {
        marks.contains { mark in
            name.firstRange(of: mark).map { name[$0.upperBound...].first?.isNumber == true } ?? false
        }
    }
}
