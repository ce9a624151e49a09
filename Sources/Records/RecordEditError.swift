import Services

/// Why a change cannot be made; the file is unchanged.
public struct RecordEditError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The refused change and what to do.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension RecordEditError {
    /// Refuses more changes than a caller needs, because each is searched in the whole head of a file.
    static func checkCount(of changes: [String: JSONValue]) throws(RecordEditError) {
        if changes.count <= RecordLimits.changesMax { return }
        throw RecordEditError("\(changes.count) keys are more than \(RecordLimits.changesMax); put them into the text")
    }
}

extension JSONValue {
    /// Refuses a value whose nesting is too deep to be written.
    func checkDepth(under key: String) throws(RecordEditError) {
        if depth <= RecordLimits.nestingMax { return }
        throw RecordEditError("the value of \(key) nests deeper than \(RecordLimits.nestingMax); make it flatter")
    }

    /// The depth of nested lists and objects; 0 for a scalar.
    private var depth: Int {
        switch self {
        case .null, .bool, .integer, .number, .string: 0
        case .array(let items): 1 + (items.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
        }
    }
}
