import Services

/// One thing that a call would do, as `Authorization` decides on it: a permission, and what it is used on.
public struct AccessRequest: Hashable, Sendable {
    /// What the caller must be allowed to do.
    public let permission: Permission
    /// To what.
    public let object: Object

    /// What a permission is used on.
    public enum Object: Hashable, Sendable {
        /// No single record. Any grant of the permission allows it, and the grants filter what the call returns.
        case filteredRecords
        /// A record.
        case record(RecordID)
        /// A new record to which the caller gives no id. A scope allows it only when it allows every id.
        case unnamedRecord
    }

    /// A request of a permission on an object.
    public init(_ permission: Permission, on object: Object) {
        self.permission = permission
        self.object = object
    }
}
