/// A frame in the buffer into which it was read: every part refers to the scanned bytes.
enum FrameView {
    case info(RawBytes)
    case connect(RawBytes)
    case publish(PublicationView)
    case message(PublicationView, sid: RawBytes)
    case subscribe(subject: RawBytes, queue: RawBytes?, sid: RawBytes)
    case unsubscribe(sid: RawBytes, max: Int?)
    case ping
    case pong
    case ok
    case error(RawBytes)
}

/// A message in the buffer into which it was read.
struct PublicationView {
    var subject: RawBytes
    var reply: RawBytes?
    var headers: RawBytes?
    var payload: RawBytes
    /// All bytes after the subject, to the end of the frame, if they can be passed on unchanged: `[reply] [#header]
    /// #total␍␊ header payload ␍␊`.
    var tail: RawBytes?

    /// The length of headers and payload together.
    var bytesCount: Int { (headers?.count ?? 0) + payload.count }

    /// The status in the header block's first line.
    var status: Int? { headers.flatMap(FrameText.status) }
}

/// Finds the first frame in bytes, without copying any.
///
/// The names of operations are case-insensitive, several blanks separate like one, and a bare line feed ends a line:
/// everything that NATS servers accept is accepted.
enum FrameScanner {
    /// The result of a scan.
    enum Found {
        /// A complete frame, and its length in bytes.
        case frame(FrameView, length: Int)
        /// The beginning of a frame. `needed`: its length, if known; else 0.
        case part(needed: Int)
    }

    /// Examines the beginning of the bytes.
    ///
    /// - Throws: The violation, which ends the connection: the rest of the stream cannot be read.
    static func scan(_ bytes: RawBytes) throws(ProtocolViolation) -> Found {
        let longestLine = Operation.nameBytesMax + 1 + ProtocolLimits.controlLineBytesMax + FrameText.lineEnd.count
        guard let lineEnd = RawBytes(rebasing: bytes.prefix(longestLine)).firstOffset(of: FrameText.lineFeed) else {
            if bytes.count >= longestLine { throw .controlLineTooLong }
            // An unknown operation is refused at once, and not after the end of its line.
            guard Operation.mayBegin(bytes) else { throw .unknownOperation }
            return .part(needed: 0)
        }
        let isCanonical = lineEnd > 0 && bytes[lineEnd - 1] == FrameText.carriageReturn
        var cursor = LineCursor(rest: RawBytes(rebasing: bytes[..<(isCanonical ? lineEnd - 1 : lineEnd)]))
        let operation = Operation(cursor.name())
        if cursor.rest.count > ProtocolLimits.controlLineBytesMax + 1 { throw .controlLineTooLong }
        switch operation {
        case .publish, .publishWithHeaders, .message, .messageWithHeaders:
            return try publication(operation, &cursor, bytes, bodyAt: lineEnd + 1, isCanonical: isCanonical)
        case .subscribe: return .frame(try subscription(&cursor), length: lineEnd + 1)
        case .unsubscribe: return .frame(try unsubscription(&cursor), length: lineEnd + 1)
        case .connect: return .frame(.connect(cursor.remainder()), length: lineEnd + 1)
        case .info: return .frame(.info(cursor.remainder()), length: lineEnd + 1)
        case .ping: return .frame(.ping, length: lineEnd + 1)
        case .pong: return .frame(.pong, length: lineEnd + 1)
        case .ok: return .frame(.ok, length: lineEnd + 1)
        case .error: return .frame(.error(cursor.quoted()), length: lineEnd + 1)
        case nil: throw .unknownOperation
        }
    }

    /// A complete `PUB subject #bytes␍␊payload␍␊` without a reply subject that can be passed on unchanged, the most
    /// frequent frame of a busy connection; nil for everything else, which `scan` examines in full.
    static func plainPublication(_ bytes: RawBytes) -> (message: PublicationView, length: Int)? {
        // "PUB " as one number of four bytes, in either case of the letters.
        let limit = min(bytes.count, ProtocolLimits.controlLineBytesMax)
        guard limit >= 8, let start = bytes.baseAddress,
            start.loadUnaligned(as: UInt32.self) | 0x0020_2020 == 0x2062_7570,
            let subjectCount = RawBytes(start: start + 4, count: limit - 4).firstBlankOffset(), subjectCount > 0,
            start.load(fromByteOffset: 4 + subjectCount, as: UInt8.self) == FrameText.space
        else { return nil }
        let tail = 4 + subjectCount + 1
        var digit = tail, total = 0
        while digit < limit, total <= ProtocolLimits.payloadBytesMax {
            let value = start.load(fromByteOffset: digit, as: UInt8.self) &- UInt8(ascii: "0")
            guard value <= 9 else { break }
            total = total * 10 + Int(value)
            digit += 1
        }
        let end = digit + 2 + total + 2
        guard digit > tail, total <= ProtocolLimits.payloadBytesMax, digit + 2 <= limit, end <= bytes.count,
            digit - tail == 1 || start.load(fromByteOffset: tail, as: UInt8.self) != UInt8(ascii: "0"),
            start.loadUnaligned(fromByteOffset: digit, as: UInt16.self) == FrameText.lineEndNumber,
            start.loadUnaligned(fromByteOffset: end - 2, as: UInt16.self) == FrameText.lineEndNumber
        else { return nil }
        let view = PublicationView(
            subject: RawBytes(start: start + 4, count: subjectCount), reply: nil, headers: nil,
            payload: RawBytes(start: start + digit + 2, count: total),
            tail: RawBytes(start: start + tail, count: end - tail))
        return (view, end)
    }

    private static func subscription(_ cursor: inout LineCursor) throws(ProtocolViolation) -> FrameView {
        guard let subject = cursor.field(), let second = cursor.field() else { throw .unknownOperation }
        guard let third = cursor.field() else { return .subscribe(subject: subject, queue: nil, sid: second) }
        guard cursor.field() == nil else { throw .unknownOperation }
        return .subscribe(subject: subject, queue: second, sid: third)
    }

    private static func unsubscription(_ cursor: inout LineCursor) throws(ProtocolViolation) -> FrameView {
        guard let sid = cursor.field() else { throw .unknownOperation }
        guard let max = cursor.field() else { return .unsubscribe(sid: sid, max: nil) }
        guard cursor.field() == nil else { throw .unknownOperation }
        return .unsubscribe(sid: sid, max: FrameText.number(max))  // what is no number counts as none, as in NATS
    }

    /// The four operations that carry a payload: subject, sid (of a message), reply (if any), header length (if any),
    /// length.
    private static func publication(
        _ operation: Operation?, _ cursor: inout LineCursor, _ bytes: RawBytes, bodyAt start: Int, isCanonical: Bool
    ) throws(ProtocolViolation) -> Found {
        let hasHeaders = operation == .publishWithHeaders || operation == .messageWithHeaders
        let isMessage = operation == .message || operation == .messageWithHeaders
        guard let subject = cursor.field(), let sid = isMessage ? cursor.field() : subject,
            let address = Address(&cursor, hasHeaders: hasHeaders)
        else { throw .unknownOperation }
        if address.total > ProtocolLimits.payloadBytesMax { throw .payloadTooLong }
        let bodyEnd = start + address.total
        let end = bodyEnd + FrameText.lineEnd.count
        guard try isWhole(bytes, bodyEnd) else { return .part(needed: end) }
        let payloadStart = start + address.headerLength
        var view = PublicationView(
            subject: subject, reply: address.reply,
            headers: address.headerLength > 0 ? RawBytes(rebasing: bytes[start..<payloadStart]) : nil,
            payload: RawBytes(rebasing: bytes[payloadStart..<bodyEnd]))
        if isMessage { return .frame(.message(view, sid: sid), length: end) }
        if isCanonical, address.isCanonical, cursor.rest.isEmpty, hasHeaders == (view.headers != nil),
            let first = address.first, let origin = bytes.baseAddress, first == subject.end + 1
        {
            view.tail = RawBytes(start: first, count: first.distance(to: origin + end))
        }
        return .frame(.publish(view), length: end)
    }

    /// Whether the line end that must follow a payload has arrived.
    private static func isWhole(_ bytes: RawBytes, _ bodyEnd: Int) throws(ProtocolViolation) -> Bool {
        guard bodyEnd < bytes.count else { return false }
        guard bytes[bodyEnd] == FrameText.carriageReturn else { throw .unknownOperation }
        guard bodyEnd + 1 < bytes.count else { return false }
        guard bytes[bodyEnd + 1] == FrameText.lineFeed else { throw .unknownOperation }
        return true
    }
}

/// The fields after a message's subject and sid on its control line.
private struct Address {
    var reply: RawBytes?
    var headerLength = 0
    var total: Int
    /// The offset of the first of its fields.
    var first: UnsafeRawPointer?
    /// Whether single blanks separate its fields, and its numbers are in their shortest form.
    var isCanonical: Bool

    /// Reads the rest of the line; nil if it is malformed.
    init?(_ cursor: inout LineCursor, hasHeaders: Bool) {
        guard let first = cursor.field() else { return nil }
        let second = cursor.field(), third = cursor.field()
        guard cursor.field() == nil else { return nil }
        let lengths: (header: RawBytes?, total: RawBytes)
        switch (hasHeaders, second, third) {
        case (false, nil, _): lengths = (nil, first)
        case (false, let second?, nil): (lengths, reply) = ((nil, second), first)
        case (true, let second?, nil): lengths = (first, second)
        case (true, let second?, let third?): (lengths, reply) = ((second, third), first)
        case _: return nil
        }
        guard let total = FrameText.number(lengths.total),
            let headerLength = lengths.header.map(FrameText.number) ?? 0, headerLength <= total
        else { return nil }
        self.total = total
        self.headerLength = headerLength
        self.first = first.baseAddress
        isCanonical =
            Self.isShortest(lengths.total) && lengths.header.map(Self.isShortest) ?? true
            && (second.map { first.end + 1 == $0.baseAddress } ?? true)
            && (third.map { second?.end.advanced(by: 1) == $0.baseAddress } ?? true)
    }

    private static func isShortest(_ number: RawBytes) -> Bool { number.count == 1 || number[0] != UInt8(ascii: "0") }
}

extension RawBytes {
    /// The end offset; a field of a line is never empty.
    fileprivate var end: UnsafeRawPointer { baseAddress.unsafelyUnwrapped + count }
}

/// The operations, each with the bytes of its name as one number.
private enum Operation: UInt64, CaseIterable {
    case info = 0x494E_464F, connect = 0x43_4F4E_4E45_4354
    case publish = 0x50_5542, publishWithHeaders = 0x4850_5542
    case subscribe = 0x53_5542, unsubscribe = 0x55_4E53_5542
    case message = 0x4D_5347, messageWithHeaders = 0x484D_5347
    case ping = 0x5049_4E47, pong = 0x504F_4E47
    case ok = 0x2B_4F4B, error = 0x2D45_5252

    /// The longest name is CONNECT.
    static let nameBytesMax = 7

    /// The operation of this name.
    init?(_ name: RawBytes) {
        guard name.count <= Self.nameBytesMax else { return nil }
        self.init(rawValue: Self.key(name))
        if nameLength != name.count { return nil }  // NULs before a name are no part of the number
    }

    private var nameLength: Int { (UInt64.bitWidth - rawValue.leadingZeroBitCount + 7) / 8 }

    /// Whether an incomplete line may become an operation.
    static func mayBegin(_ bytes: RawBytes) -> Bool {
        let name = bytes.prefix { !LineCursor.isBlank($0) && $0 != FrameText.carriageReturn }
        guard name.count == bytes.count else { return Self(RawBytes(rebasing: name)) != nil }
        guard name.count <= nameBytesMax else { return false }
        let key = key(bytes)
        return allCases.contains { operation in
            let length = operation.nameLength
            return length >= bytes.count && operation.rawValue >> (8 * (length - bytes.count)) == key
        }
    }

    private static func key(_ name: RawBytes) -> UInt64 {
        var key: UInt64 = 0
        for byte in name {
            let isLowerCase = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            key = key << 8 | UInt64(isLowerCase ? byte & ~0x20 : byte)
        }
        return key
    }
}

/// Reads a control line field by field.
private struct LineCursor {
    var rest: RawBytes

    static func isBlank(_ byte: UInt8) -> Bool { byte == FrameText.space || byte == FrameText.tab }

    /// The operation's name, at the beginning.
    mutating func name() -> RawBytes {
        let name = RawBytes(rebasing: rest.prefix { !Self.isBlank($0) })
        rest = RawBytes(rebasing: rest[name.count...])
        return name
    }

    /// The next field; nil at the end of the line.
    mutating func field() -> RawBytes? {
        var start = 0
        while start < rest.count, Self.isBlank(rest[start]) { start += 1 }
        guard start < rest.count else { return nil }
        var end = start + 1
        while end < rest.count, !Self.isBlank(rest[end]) { end += 1 }
        defer { rest = RawBytes(rebasing: rest[end...]) }
        return RawBytes(rebasing: rest[start..<end])
    }

    /// The rest as one text, without surrounding blanks.
    func remainder() -> RawBytes {
        var text = rest.drop(while: Self.isBlank)
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        return RawBytes(rebasing: text)
    }

    /// The rest without the quotes around it.
    func quoted() -> RawBytes {
        let text = remainder()
        guard text.count >= 2, text.first == UInt8(ascii: "'"), text.last == UInt8(ascii: "'") else { return text }
        return RawBytes(rebasing: text.dropFirst().dropLast())
    }
}
