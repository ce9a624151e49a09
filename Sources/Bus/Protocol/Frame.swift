/// One operation of the NATS client protocol, in either direction.
///
/// Subjects and payloads are parts of the buffer from which they were read.
///
///     INFO {json}␍␊                                         broker → client
///     CONNECT {json}␍␊                                      client → broker
///     PUB subject [reply] #bytes␍␊ payload ␍␊               client → broker
///     HPUB subject [reply] #header #total␍␊ header payload ␍␊
///     SUB subject [queue] sid␍␊                             client → broker
///     UNSUB sid [max]␍␊                                     client → broker
///     MSG subject sid [reply] #bytes␍␊ payload ␍␊           broker → client
///     HMSG subject sid [reply] #header #total␍␊ header payload ␍␊
///     PING␍␊  PONG␍␊                                        both
///     +OK␍␊  -ERR 'text'␍␊                                  broker → client
///
/// See: NATS documentation, client protocol
public enum Frame: Hashable, Sendable {
    case info(Bytes)
    case connect(Bytes)
    case publish(Publication)
    case subscribe(subject: Bytes, queue: Bytes?, sid: Bytes)
    /// `max`: unsubscribe after this total number of messages; at once when nil.
    case unsubscribe(sid: Bytes, max: Int?)
    case message(Publication, sid: Bytes)
    case ping
    case pong
    case ok
    case error(Bytes)
}

/// A message with its address.
public struct Publication: Hashable, Sendable {
    /// The subject to which it is published.
    public var subject: Bytes
    /// The subject for an answer.
    public var reply: Bytes?
    /// The whole header block, `NATS/1.0␍␊` to the empty line, when there is one.
    public var headers: Bytes?
    /// The content.
    public var payload: Bytes

    /// A message; `headers` is a complete header block or nil.
    public init(subject: Bytes, reply: Bytes? = nil, headers: Bytes? = nil, payload: Bytes) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.payload = payload
    }

    /// The status in the header block's first line, for example 503 when nobody serves the subject.
    public var status: Int? {
        guard let headers else { return nil }
        return headers.withUnsafeBytes { FrameText.status(of: $0) }
    }
}

/// The words of the protocol.
package enum FrameText {
    static let space = UInt8(ascii: " "), tab = UInt8(ascii: "\t")
    static let carriageReturn = UInt8(ascii: "\r"), lineFeed = UInt8(ascii: "\n")
    static let lineEnd: [UInt8] = [carriageReturn, lineFeed]
    /// The same as a number of two bytes.
    static let lineEndNumber: UInt16 = 0x0A0D
    static let headerVersion = Array("NATS/1.0".utf8)
    /// The header block of the answer to a request that nobody serves.
    static let noResponders = Array("NATS/1.0 503\r\n\r\n".utf8)

    /// The status in the first line of a header block.
    static func status(of headers: RawBytes) -> Int? {
        number(headers.dropFirst(headerVersion.count).drop { $0 == space }.prefix(3))
    }

    /// A decimal number of at most nine digits; nil for anything else.
    package static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...9).contains(digits.count) else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
