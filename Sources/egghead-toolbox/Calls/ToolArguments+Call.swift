import Capabilities
import JSON
import Services

extension ToolArguments {
    /// Reads a call's arguments. What is plainly meant is taken for it; see `JSON.object(repairing:)`.
    ///
    /// - Throws: `invalid`, in words for the model.
    init(of call: ToolCall) throws(ServiceFailure) {
        guard let members = JSON.object(repairing: call.arguments) else {
            throw ServiceFailure(
                .invalid, "\(call.name): the arguments are no JSON object; call it again with one")
        }
        self.init(of: call.name, members: members)
    }
}
