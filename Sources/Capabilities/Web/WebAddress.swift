import Services

/// The address of a page, read so that nobody who reads it after us finds another host in it.
///
/// What programs read in different ways is refused: a name before the host, a backslash, a blank, a host of other
/// letters than those of the DNS, an address of version 4 in one of its old forms.
///
/// See: RFC 3986, RFC 6943 §3.1
public struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is `https`.
    public let isSecure: Bool
    /// The host in lower case: a name without a dot at its end, or an address.
    public let host: String
    /// The port, 1 to 65535.
    public let port: Int
    /// What follows, from the slash on; without a fragment, which no server is sent.
    public let path: String

    /// Reads an address such as `https://example.org/a?b`.
    ///
    /// - Throws: `invalid`, in words for the model.
    public init(_ text: String) throws(ServiceFailure) {
        func refusal(_ reason: String) -> ServiceFailure { ServiceFailure(.invalid, "the address \(reason)") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw refusal(
                "has a blank, a backslash or a letter outside of ASCII; write those as %XX, and hosts as xn--…")
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["http", "https"].contains(parts[0].lowercased()) else {
            throw refusal("does not begin with https:// or http://")
        }
        isSecure = parts[0].lowercased() == "https"
        let end = parts[1].firstIndex { "/?#".contains($0) } ?? parts[1].endIndex
        let authority = parts[1][..<end], rest = parts[1][end...].prefix { $0 != "#" }
        path = rest.hasPrefix("/") ? String(rest) : "/" + rest
        if authority.contains("@") { throw refusal("has a name before its host; leave it out") }
        let (host, written) = try Self.split(authority)
        guard let port = written.map({ Self.port($0) }) ?? (isSecure ? 443 : 80) else {
            throw refusal("has the port \(written ?? ""), which is none")
        }
        (self.host, self.port) = (host, port)
    }

    /// The whole address.
    public var description: String { "\(isSecure ? "https" : "http")://\(place)\(path)" }

    /// The host as a grant names it: with the port when it is not the usual one.
    public var place: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(text),
            (1...65_535).contains(port)
        else { return nil }
        return port
    }

    /// Host and port of an authority.
    private static func split(_ authority: Substring) throws(ServiceFailure) -> (host: String, port: Substring?) {
        func refusal(_ reason: String) -> ServiceFailure { ServiceFailure(.invalid, "the address \(reason)") }
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]"),
                let address = IPAddress(String(authority[authority.index(after: authority.startIndex)..<close])),
                address.bytes.count == 16
            else { throw refusal("has no host in its brackets") }
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw refusal("goes on behind its host") }
            return (address.description, rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var name = parts[0].lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
        }
        guard isName, name.utf8.count <= 253, let last = labels.last else { throw refusal("has no host") }
        // What ends in a number is an address to some programs, in whatever form.
        if last.allSatisfy(\.isNumber) || last.hasPrefix("0x") {
            guard IPAddress(name) != nil else { throw refusal("has a host that is no name and no usual address") }
        }
        return (name, parts.count == 2 ? parts[1] : nil)
    }
}
