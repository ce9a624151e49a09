import Services

/// A file that a link may mean.
public struct LinkCandidate: Hashable, Sendable {
    /// The record's id; the path for another file.
    public var id: String
    /// The path below the records directory.
    public var path: String
    /// What its name is made from.
    public var kind: RecordName.Kind

    /// A file with one of its names.
    public init(id: String, path: String, kind: RecordName.Kind) {
        self.id = id
        self.path = path
        self.kind = kind
    }

    /// In the order in which links mean them: by kind, the shortest path first, and in the order of their bytes.
    static func isBefore(_ one: LinkCandidate, _ other: LinkCandidate) -> Bool {
        let (first, second) = (one.path.utf8, other.path.utf8)
        if one.kind != other.kind { return one.kind.rawValue < other.kind.rawValue }
        return first.count == second.count ? first.lexicographicallyPrecedes(second) : first.count < second.count
    }
}

extension LinkName {
    /// The file that the link means.
    ///
    /// A target is an id, a path, or the end of one. Of several files it means the one with exactly that id or path,
    /// then one in the folder of its own file, then one below that folder, then the one with the shortest path. A
    /// Markdown link means first what is named relative to its file.
    ///
    /// - Parameters:
    ///   - file: The path of the file with the link.
    ///   - lookup: The files with a name of a key, in the order of `LinkCandidate`.
    ///
    /// See: Obsidian, `MetadataCache.getFirstLinkpathDest`
    public func meant(
        from file: String, _ lookup: (_ key: String) throws -> [LinkCandidate]
    ) rethrows -> LinkCandidate? {
        let key = key(from: file)
        if key.isEmpty { return nil }
        let candidates = try lookup(key)
        if candidates.count < 2 || key.utf8.first == .slash { return candidates.first }
        let isExact = { (candidate: LinkCandidate) in candidate.id.utf8.elementsEqual(target.utf8) }
        let beside = try keyBeside(file).flatMap { try lookup($0).first }
        if style == .path, let beside { return beside }
        if let exact = candidates.first(where: isExact) { return exact }
        if let whole = try lookup("/" + key).first ?? beside { return whole }
        let folder = file.utf8.lastIndex(of: .slash).map { file.utf8[...$0] }
        let below = candidates.first { candidate in
            candidate.kind != .alias && folder.map { candidate.path.utf8.starts(with: $0) } == true
        }
        return below ?? candidates.first
    }
}

/// The names of some files, and what links mean by them.
public struct LinkTable: Sendable {
    private var files: [String: [LinkCandidate]] = [:]

    /// The names of records, by their ids and paths, and of other files.
    ///
    /// - Parameter isWanted: Whether a name with this last part may be asked for; others are left out.
    public init(
        records: some Sequence<(id: String, path: String)>, attachments: some Sequence<String> = [],
        where isWanted: (_ lastPart: Substring) -> Bool = { _ in true }
    ) {
        for (id, path) in records {
            for name in RecordName.all(id: id, path: path, aliases: []) where isWanted(name.lastPart) {
                files[name.key, default: []].append(LinkCandidate(id: id, path: path, kind: name.kind))
            }
        }
        for path in attachments {
            for name in RecordName.all(attachment: path) where isWanted(name.lastPart) {
                files[name.key, default: []].append(LinkCandidate(id: path, path: path, kind: name.kind))
            }
        }
        for key in files.keys { files[key]?.sort(by: LinkCandidate.isBefore) }
    }

    /// The table after a record without a key `id` has got another path.
    public func moving(_ path: String, to new: String) -> LinkTable {
        var table = self
        let id = RecordID.id(ofPath: path) ?? path, newID = RecordID.id(ofPath: new) ?? new
        for name in RecordName.all(id: id, path: path, aliases: []) {
            table.files[name.key]?.removeAll { $0.path.utf8.elementsEqual(path.utf8) }
        }
        for name in RecordName.all(id: newID, path: new, aliases: []) {
            table.files[name.key, default: []].append(LinkCandidate(id: newID, path: new, kind: name.kind))
            table.files[name.key]?.sort(by: LinkCandidate.isBefore)
        }
        return table
    }

    /// The path of the file that a link means; nil if there is none.
    ///
    /// - Parameter file: The path of the file with the link.
    public func path(of link: LinkName, from file: String) -> String? {
        link.meant(from: file) { files[$0] ?? [] }?.path
    }
}
