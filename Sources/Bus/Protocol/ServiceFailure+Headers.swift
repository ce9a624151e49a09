import JSON
import Services

// The form of a refusal: that of NATS services, in headers, with the complete refusal as the payload.
//
//     Nats-Service-Error: there is no record "x"; search for it with egghead search
//     Nats-Service-Error-Code: notFound
//
// A process of an earlier version sends only the payload.
//
// See: NATS architecture decision record 32, "Error Handling"
extension ServiceFailure {
    private static let textName: StaticString = "Nats-Service-Error", codeName: StaticString = "Nats-Service-Error-Code"

    /// The headers of this refusal.
    public var headers: MessageHeaders {
        var headers = MessageHeaders()
        headers.add(Self.textName, message)
        headers.add(Self.codeName, code.rawValue)
        return headers
    }

    /// The payload of this refusal.
    public var payload: [UInt8] { JSON.encode(FailureReply(self)) }

    /// The refusal in the headers; nil if they have none. A code that this build does not know becomes `failed`.
    ///
    /// - Parameter payload: Contains the complete text, if it was cut in the headers.
    public init?(headers: MessageHeaders, payload: [UInt8]) {
        let code = headers["\(Self.codeName)"], text = headers["\(Self.textName)"]
        guard code != nil || text != nil else { return nil }
        let whole = try? JSON.decode(FailureReply.self, from: payload).error
        self = whole ?? ServiceFailure(code.flatMap(Code.init(rawValue:)) ?? .failed, text ?? "")
    }
}
