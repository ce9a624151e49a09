import Services

/// What a model gives a tool: an object of the shape that the menu shows. Models err, so every fault is told in words
/// from which they can learn.
public struct ToolArguments: Hashable, Sendable {
    private let tool: String
    private let members: [String: JSONValue]

    /// The members of the object that a model gives a tool.
    ///
    /// - Parameter tool: The tool's name, with which each refusal begins.
    public init(of tool: String, members: [String: JSONValue]) {
        self.tool = tool
        self.members = members
    }

    /// A text that must be there and must not be blank.
    ///
    /// - Throws: `invalid`, in words for the model; the same holds for the other members.
    public func text(_ key: String) throws(ServiceFailure) -> String {
        guard let text = try optionalText(key) else {
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is missing; call it again with it")
        }
        return text
    }

    /// A text that may be left out; a blank one counts as left out.
    public func optionalText(_ key: String) throws(ServiceFailure) -> String? {
        switch members[key] {
        case nil, .null: return nil
        case .string(let text): return text.allSatisfy(\.isWhitespace) ? nil : text
        case _:
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is not text; call it again with text")
        }
    }

    /// A list of texts that may be left out.
    public func texts(_ key: String) throws(ServiceFailure) -> [String]? {
        switch members[key] {
        case nil, .null: return nil
        case .array(let values):
            let texts = values.compactMap(\.string)
            if texts.count == values.count { return texts }
        case _: break
        }
        throw ServiceFailure(.invalid, "\(tool): `\(key)` is no list of texts; call it again with one")
    }
}
