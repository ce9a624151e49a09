import JSON
import Services

/// What a model gives a tool: an object of the shape that the menu shows. Models err, so every fault is told in words
/// from which they can learn.
struct ToolArguments {
    private let tool: String
    private let members: [String: JSONValue]

    /// Reads a call's arguments.
    ///
    /// - Throws: `invalid`, in words for the model.
    init(of call: ToolCall) throws(ServiceFailure) {
        tool = call.name
        // Some models leave out the arguments of a tool that could do without.
        let text = call.arguments.allSatisfy(\.isWhitespace) ? "{}" : call.arguments
        guard case .object(let members)? = try? JSON.decode(JSONValue.self, from: Array(text.utf8)) else {
            throw ServiceFailure(.invalid, "\(call.name): the arguments are no JSON object; call it again with one")
        }
        self.members = members
    }

    /// A text that must be there and must not be blank.
    func text(_ key: String) throws(ServiceFailure) -> String {
        guard let text = try optionalText(key) else {
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is missing; call it again with it")
        }
        return text
    }

    /// A text that may be left out; a blank one counts as left out.
    func optionalText(_ key: String) throws(ServiceFailure) -> String? {
        switch members[key] {
        case nil, .null: return nil
        case .string(let text): return text.allSatisfy(\.isWhitespace) ? nil : text
        case _: throw ServiceFailure(.invalid, "\(tool): `\(key)` is no text; call it again with a text")
        }
    }

    /// A list of texts that may be left out.
    func texts(_ key: String) throws(ServiceFailure) -> [String]? {
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
