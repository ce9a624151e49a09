import JSON
import Services

// A message as the answer to a request: what was wanted, or why not.
extension BusMessage {
    /// Reads the answer.
    ///
    /// - Throws: `JSONProblem` when it is neither.
    func answer<Reply: Decodable>(_ type: Reply.Type) throws(JSONProblem) -> Result<Reply, ServiceFailure> {
        if let refusal { return .failure(refusal) }
        if let reply = JSON.decodeDirectly(type, from: payload) { return .success(reply) }
        return try decode(ReplyOrFailure<Reply>.self).result
    }
}

/// An answer of a process that may be of the version before, which tells a refusal by its payload alone: an object
/// whose only key is `error`, with one of the codes of `ServiceFailure`.
private struct ReplyOrFailure<Reply: Decodable>: Decodable {
    let result: Result<Reply, ServiceFailure>

    init(from decoder: any Decoder) throws {
        if let failure = try? FailureReply(from: decoder) {
            result = .failure(failure.error)
        } else {
            result = .success(try Reply(from: decoder))
        }
    }
}
