/// What a client is told that does not get where it wants to.
struct ProxyRefusal: Error, Hashable {
    /// The status.
    ///
    /// See: RFC 9110 §15
    enum Status: String {
        case badRequest = "400 Bad Request", forbidden = "403 Forbidden", badGateway = "502 Bad Gateway"
    }

    /// The status.
    let status: Status
    /// Why, on one line.
    let reason: String

    /// A refusal.
    init(_ status: Status, _ reason: String) {
        self.status = status
        // Some of it are the client's or the host's own words.
        self.reason = String(reason.unicodeScalars.map { (32...126).contains($0.value) ? Character($0) : "?" })
    }

    /// The whole answer. Clients show the first line of it, so it has the reason, too.
    var bytes: [UInt8] {
        let body = "\(reason)\n"
        let lines = [
            "HTTP/1.1 \(status.rawValue.prefix(3)) \(reason)", "Server: egghead-proxy", "Content-Type: text/plain",
            "Content-Length: \(body.utf8.count)", "Connection: close", "", body,
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }
}
