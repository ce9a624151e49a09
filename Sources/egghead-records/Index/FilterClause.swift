import GRDB
import Services

/// A filter as an SQL condition on `records`, with its arguments.
struct FilterClause {
    private(set) var sql: String
    private(set) var arguments: [String: (any DatabaseValueConvertible)?] = [:]

    /// The condition of a filter; without a filter, that of the default classes.
    init(_ filter: RecordFilter?) {
        sql = "class IN \(IndexDatabase.classes(filter?.classes))"
        // A tag below another begins with it and a slash, and the character after the slash is 0.
        let below = "name >= :tag || '/' AND name < :tag || '0'"
        add(
            "EXISTS (SELECT 1 FROM tags WHERE tags.record = records.rowid AND (name = :tag OR \(below)))", "tag",
            filter?.tag?.lowercased())
        add("author = :author COLLATE NOCASE", "author", filter?.author)
        // Dates in RFC 3339 sort in the order of their texts.
        add("updated >= :since", "since", filter?.since)
        add("substr(updated, 1, length(:until)) <= :until", "until", filter?.until)
    }

    private mutating func add(_ condition: String, _ name: String, _ value: String?) {
        guard let value else { return }
        sql += " AND \(condition)"
        arguments[name] = value
    }
}
