import Capabilities
import JSON
import Services

extension ToolArguments {
    /// Reads a call's arguments.
    ///
    /// - Throws: `invalid`, in words for the model.
    init(of call: ToolCall) throws(ServiceFailure) {
        // Some models leave out the arguments of a tool that could do without.
        let text = call.arguments.allSatisfy(\.isWhitespace) ? "{}" : call.arguments
        guard case .object(let members)? = try? JSON.decode(JSONValue.self, from: Array(text.utf8))
        else {
            throw ServiceFailure(
                .invalid, "\(call.name): the arguments are no JSON object; call it again with one")
        }
        self.init(of: call.name, members: members)
    }
}
