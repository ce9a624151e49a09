import Services

extension Catalogue {
    /// The record that somebody probably meant with an id that no record has: the one that a link `[[id]]` would mean,
    /// so `One`, `one.md` and the end of a path all mean `notes/one`.
    ///
    /// It examines every known path, though only by its last bytes.
    public func record(meantBy id: String) -> RecordID? {
        let name = LinkName(id, .wikilink), last = Array(LinkName.lastPart(ofKey: name.key(from: "")).utf8)
        if last.isEmpty { return nil }
        let near = files.lazy.filter { path, entry in
            Self.ends(RecordID.id(ofPath: path[...]) ?? path[...], with: last)
                || entry.ownID.map { Self.ends($0[...], with: last) } == true
        }
        let records = near.map { (id: $1.id(at: $0), path: $0) }
        let path = LinkTable(records: Array(records)).path(of: name, from: "")
        return path.flatMap { path in entry(path: path).map { RecordID($0.id(at: path)) } }
    }

    /// Whether the last part of a path is a key, without regard to the case of letters of ASCII.
    private static func ends(_ path: Substring, with key: [UInt8]) -> Bool {
        let bytes = path.utf8, end = bytes.suffix(key.count)
        guard end.count == key.count, zip(end, key).allSatisfy({ Self.lowercased($0) == $1 }) else { return false }
        return end.startIndex == bytes.startIndex || bytes[bytes.index(before: end.startIndex)] == .slash
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
