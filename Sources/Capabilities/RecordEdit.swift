import Services

/// A change of one record, as a model asks for it.
public struct RecordEdit: Hashable {
    private enum Change: Hashable {
        case passage(old: String, new: String)
        case key(String, value: String)
    }

    private let change: Change

    /// What notes are. Records of other classes mean something to the node; of these only agents are changed by tools.
    public static let classes: [RecordClass] = [.durable, .inbox]
    /// The keys that say where a record is from.
    private static let reservedKeys: Set = ["id", "author", "created", "updated"]

    /// Why a key may not be set: it says where a record is from, or what it is to the node; nil if it may.
    public static func objection(to key: String, _ value: String) -> String? {
        if reservedKeys.contains(key) { return "`\(key)` is the program's to set; choose another key" }
        guard key == "class", !classes.contains(where: { $0.rawValue == value }) else { return nil }
        return "the class of a note is durable or inbox"
    }

    /// Reads the arguments.
    ///
    /// - Throws: `invalid`, in words for the model, for neither a passage nor a key, or both, or a key that is not
    ///   theirs.
    public init(_ arguments: ToolArguments) throws(ServiceFailure) {
        let key = try arguments.optionalText("key"), old = try arguments.optionalText("old")
        switch (key, old) {
        case (let written?, nil):
            // Org's keys are the same in every case.
            let key = written.lowercased()
            let value = try arguments.optionalText("value") ?? ""
            if let objection = Self.objection(to: key, value) {
                throw ServiceFailure(.invalid, "update_record: \(objection)")
            }
            change = .key(key, value: value)
        case (nil, let old?): change = .passage(old: old, new: try arguments.anyText("new"))
        case (nil, nil), (_?, _?):
            throw ServiceFailure(
                .invalid, "update_record: `old` and `new`, or `key` and `value`, are wanted; call it again with two")
        }
    }

    /// The keys and the text to write.
    ///
    /// - Throws: `failed`, when the passage is not there once.
    public func applied(to record: RecordReply) throws(ServiceFailure) -> (fields: [String: JSONValue], body: String?) {
        switch change {
        case .key(let key, let value): return ([key: Self.value(value, of: key)], nil)
        case .passage(let old, let new):
            // Models write line feeds; the lines of a file may end otherwise.
            let isForeign = record.body.contains("\r\n")
            let (old, new) = isForeign ? (old.withCarriageReturns, new.withCarriageReturns) : (old, new)
            switch PassageSearch.only(old, in: record.body) {
            case .one(let place):
                return ([:], record.body[..<place.lowerBound] + new + record.body[place.upperBound...])
            case .none:
                throw ServiceFailure(
                    .failed, "the passage is not in the note; read it again, and give one that is there once")
            case .several:
                throw ServiceFailure(
                    .failed, "the passage is more than once in the note; give a longer one that is there once")
            }
        }
    }

    private static func value(_ text: String, of key: String) -> JSONValue {
        if text.isEmpty { return .null }
        guard ["tags", "links", "aliases"].contains(key) else { return .string(text) }
        return .array(text.split(separator: ",").map { .string(String($0.trimmingBlanks)) })
    }
}

extension String {
    fileprivate var withCarriageReturns: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }
}

extension StringProtocol {
    /// The text without blanks at its ends.
    public var trimmingBlanks: SubSequence {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return self[endIndex...] }
        return self[...last].drop(while: \.isWhitespace)
    }
}
