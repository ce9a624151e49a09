import Records
import Services

/// The words of a record's id and path, by which it is found when its text does not have them.
struct PathWords: Hashable {
    /// The last part of the id, and of the path without its extension when that is another.
    let name: String
    /// The folders of the id, and of the path when these are others.
    let folder: String

    /// The words of a record.
    init(id: String, path: String) {
        let places = [id, RecordID.id(ofPath: path) ?? path].map { Self.split($0[...]) }
        name = Self.joined(places.map(\.name))
        folder = Self.joined(places.map(\.folder))
    }

    private static func split(_ place: Substring) -> (folder: Substring, name: Substring) {
        guard let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", place) }
        return (place[..<slash], place[place.utf8.index(after: slash)...])
    }

    private static func joined(_ texts: [Substring]) -> String {
        texts[0] == texts[1] ? String(texts[0]) : texts.joined(separator: "\n")
    }
}
