/// The values of a record's `access`: what an agent's tools may do, in one word.
public enum AgentAccess: String, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// Read notes, and the files of the record's sandbox.
    case read
    /// Read them, make notes, and change the files of the record's sandbox.
    case write

    /// The grants for which the word is short.
    ///
    /// - Parameter hasSandbox: Whether the record names a sandbox, in which the grants on files are.
    public func grants(hasSandbox: Bool) -> [Grant] {
        permissions(hasSandbox: hasSandbox).map { Grant($0) }
    }

    private func permissions(hasSandbox: Bool) -> [Permission] {
        switch self {
        case .none: []
        case .read: [.searchRecords, .readRecords] + (hasSandbox ? [.readFiles] : [])
        case .write: [.searchRecords, .readRecords, .createRecords] + (hasSandbox ? [.readFiles, .writeFiles] : [])
        }
    }
}
