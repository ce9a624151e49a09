import JSON
import Runtime
import Services
import Terminal

/// A message as `egghead bus sub` and `egghead bus request` print it with `--json`.
struct PrintedMessage: Encodable, Hashable {
    /// The subject that the message was published to.
    let subject: String
    /// The subject for answers, if the sender wants one.
    let reply: String?
    /// The payload: the value itself if it is JSON, otherwise a text.
    let payload: JSONValue

    /// A message with the payload as it came.
    init(subject: String, reply: String?, payload: [UInt8]) {
        self.subject = subject
        self.reply = reply
        self.payload =
            (try? JSON.decode(JSONValue.self, from: payload)) ?? .string(String(decoding: payload, as: UTF8.self))
    }

    /// A message as one line without `--json`.
    ///
    /// - Parameter subject: The text before the payload; nil for none.
    static func line(subject: String?, payload: [UInt8]) -> String {
        (subject.map { "\(SafeText.line($0)) " } ?? "") + SafeText.line(String(decoding: payload, as: UTF8.self))
    }
}
