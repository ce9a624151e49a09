import Services

/// The head of a request to a proxy: where it is to lead, and what the server there is sent.
///
/// See: RFC 9112 §3.2 for the forms of a target, RFC 9110 §7.6.1 for the fields that end at a proxy
public struct ProxyHead: Hashable, Sendable {
    /// Where it leads.
    public let address: WebAddress
    /// What the server is sent before what follows; nil for a tunnel, whose client speaks for itself.
    public let forwarded: [UInt8]?
    /// How many bytes of the client's the server is sent behind that; nil for a tunnel, which has no end.
    public let bodyLength: Int?

    /// The longest head, in bytes.
    public static let bytesMax = 32 << 10

    /// How many bytes the head has at the beginning of what a client has sent, with the empty line at its end; nil when
    /// it has not come whole.
    ///
    /// - Parameter looked: At how many bytes this has looked before.
    public static func length(in bytes: [UInt8], after looked: Int = 0) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        return (max(end.count, looked)...max(bytes.count, looked)).first { count in
            count <= bytes.count && bytes[count - 1] == end[3] && bytes[(count - end.count)..<count].elementsEqual(end)
        }
    }

    /// Reads a head.
    ///
    /// - Throws: `invalid`, in words for whoever sent it.
    public init(_ bytes: some Collection<UInt8>) throws(ServiceFailure) {
        let text = String(decoding: bytes, as: UTF8.self)
        // A lone carriage return or line feed ends a line for some servers and not for others.
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast(2)
        guard let first = lines.first, !lines.contains(where: { $0.utf8.contains { [0, 10, 13].contains($0) } }) else {
            throw ServiceFailure(.invalid, "the request has no line of its own")
        }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1."),
            !words[0].isEmpty, words[0].utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
        else { throw ServiceFailure(.invalid, "the request does not begin as one of HTTP/1.1") }
        if words[0] == "CONNECT" {
            address = try WebAddress("https://\(Self.bracketed(words[1]))")
            guard address.path == "/" else { throw ServiceFailure(.invalid, "a tunnel leads to a host and a port") }
            (forwarded, bodyLength) = (nil, nil)
            return
        }
        address = try WebAddress(String(words[1]))
        guard !address.isSecure else {
            throw ServiceFailure(.invalid, "a proxy is asked for a tunnel to what is https")
        }
        var fields: [Substring] = []
        for line in lines.dropFirst() where try Self.isForwarded(line) { fields.append(line) }
        bodyLength = try Self.bodyLength(by: fields)
        let head: [Substring] =
            ["\(words[0]) \(address.path) HTTP/1.1", "Host: \(address.place)"] + fields + ["Connection: close"]
        forwarded = Array(head.joined(separator: "\r\n").utf8) + Array("\r\n\r\n".utf8)
    }

    /// Some programs write an address of version 6 without its brackets here.
    private static func bracketed(_ target: Substring) -> String {
        guard let colon = target.lastIndex(of: ":"), let address = IPAddress(String(target[..<colon])),
            address.bytes.count == 16
        else { return String(target) }
        return "[\(target[..<colon])]\(target[colon...])"
    }

    /// Whether a field is the server's, too.
    private static func isForwarded(_ line: Substring) throws(ServiceFailure) -> Bool {
        let name = try name(of: line)
        return !name.hasPrefix("proxy-")
            && !["host", "connection", "keep-alive", "upgrade", "te", "trailer"].contains(name)
    }

    /// A field's name in lower case.
    ///
    /// See: RFC 9110 §5.1, §5.6.2
    private static func name(of line: Substring) throws(ServiceFailure) -> String {
        let name = line.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard !name.isEmpty, name.count < line.utf8.count, name.allSatisfy(isTokenByte) else {
            throw ServiceFailure(.invalid, "a line of the request's head is no field")
        }
        return String(Substring(name)).lowercased()
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// How many bytes follow the head. What comes behind them would be another request, to whatever host.
    private static func bodyLength(by fields: [Substring]) throws(ServiceFailure) -> Int {
        var length: Int?
        for field in fields {
            let name = try name(of: field), value = field.utf8.dropFirst(name.utf8.count + 1)
            if name == "transfer-encoding" {
                throw ServiceFailure(.invalid, "a request through the proxy has a Content-Length, and is not chunked")
            }
            guard name == "content-length" else { continue }
            let text = String(Substring(value)).filter { $0 != " " && $0 != "\t" }
            guard length == nil, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
                throw ServiceFailure(.invalid, "the request's Content-Length is no number")
            }
            length = number
        }
        return length ?? 0
    }
}
