/// A tool that the toolbox serves. The raw value is its name on the bus and in a model's menu.
public enum Tool: String, CaseIterable, Sendable {
    case searchRecords = "search_records"
    case getRecord = "get_record"
    case writeDeliberation = "write_deliberation"
    case readDeliberation = "read_deliberation"

    /// What a caller must be allowed to do.
    public var permission: Permission {
        switch self {
        case .searchRecords: Permission("records", "search")
        case .getRecord: Permission("records", "read")
        case .writeDeliberation: Permission("deliberations", "write")
        case .readDeliberation: Permission("deliberations", "read")
        }
    }
}
