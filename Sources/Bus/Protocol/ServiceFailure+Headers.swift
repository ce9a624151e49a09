import JSON
import Services

// How a refusal travels: as NATS services tell theirs, in headers, with the whole of it as the payload.
//
//     Nats-Service-Error: there is no record "x"; search for it with egghead search
//     Nats-Service-Error-Code: notFound
//
// A process of a version before tells it by the payload alone.
//
// See: NATS architecture decision record 32, "Error Handling"
extension ServiceFailure {
    private static let textName: StaticString = "Nats-Service-Error", codeName: StaticString = "Nats-Service-Error-Code"

    /// The headers that say so.
    public var headers: MessageHeaders {
        var headers = MessageHeaders()
        headers.add(Self.textName, message)
        headers.add(Self.codeName, code.rawValue)
        return headers
    }

    /// The payload that says so.
    public var payload: [UInt8] { JSON.encode(FailureReply(self)) }

    /// The refusal that headers tell; nil when they tell none. A code that this build does not know is `failed`.
    ///
    /// - Parameter payload: Has the text as it was, where the headers had to cut it.
    public init?(headers: MessageHeaders, payload: [UInt8]) {
        let code = headers["\(Self.codeName)"], text = headers["\(Self.textName)"]
        guard code != nil || text != nil else { return nil }
        let whole = try? JSON.decode(FailureReply.self, from: payload).error
        self = whole ?? ServiceFailure(code.flatMap(Code.init(rawValue:)) ?? .failed, text ?? "")
    }
}
