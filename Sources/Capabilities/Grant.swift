import Services

/// A permission that an agent's record grants it, with the records that it is for.
///
/// ```
/// grant = permission [ ":" scope ]      records.create:inbox/*
/// scope = a record's id, in which each * stands for any text
/// ```
///
/// An internal permission without a scope is for all records.
public struct Grant: Hashable, Sendable {
    /// What may be done.
    public let permission: Permission
    /// To which records; nil for all.
    public let scope: String?

    /// Every permission that a record can grant, with what it is about in a few words.
    public static let known: [Permission] = [.searchRecords, .readRecords, .createRecords]

    /// Reads a grant.
    ///
    /// - Returns: Nil when the permission is none that is known, or the scope is empty.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let permission = Self.known.first(where: { $0.description == parts[0] }), parts.last?.isEmpty == false
        else { return nil }
        self.permission = permission
        scope = parts.count == 2 ? parts[1] : nil
    }

    /// A grant for all records.
    init(_ permission: Permission) {
        self.permission = permission
        scope = nil
    }

    /// Whether the scope takes in a record.
    public func covers(_ record: RecordID) -> Bool { scope.map { Self.matches(record.rawValue, $0) } ?? true }

    /// Whether the scope takes in what a permission is used on.
    func covers(_ object: AccessRequest.Object) -> Bool {
        switch object {
        case .filteredRecords: true
        case .record(let id): covers(id)
        case .unnamedRecord: covers(RecordID(""))
        }
    }

    /// Whether a text is the scope's, each `*` of which stands for any text.
    private static func matches(_ text: String, _ scope: String) -> Bool {
        let pieces = scope.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return text == scope }
        guard text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

extension Substring {
    /// Where a text begins first.
    fileprivate func firstRange(of text: Substring) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
