/// Cuts a stream of bytes into frames, wherever the reads happen to end.
///
/// The names of operations are case-insensitive, runs of blanks separate like one, and a bare line feed ends a line:
/// what NATS servers accept, this accepts. A frame's parts share the parser's buffer; drop them before the next
/// `append`, or the buffer is copied.
public struct FrameParser {
    private var buffer: [UInt8] = []
    /// Where the first frame that was not handed out yet begins.
    private var position = 0

    /// A parser at the beginning of a stream.
    public init() {}

    /// Adds what was read.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if position > 0 {
            buffer.removeSubrange(..<position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, nil when its rest has not come yet.
    ///
    /// - Throws: What ends the connection; the stream cannot be understood any further.
    public mutating func next() throws(ProtocolViolation) -> Frame? {
        guard let line = try nextLine() else { return nil }
        var cursor = LineCursor(rest: line.content)
        let operation = cursor.field() ?? []
        let frame = try frame(named: operation, &cursor, bodyAt: line.end)
        if let frame { position = frame.end }
        return frame?.frame
    }

    private typealias ParsedFrame = (frame: Frame, end: Int)

    /// The control line that begins at `position`: its content without the line end, and where the next byte is.
    private func nextLine() throws(ProtocolViolation) -> (content: Bytes, end: Int)? {
        let limit = min(buffer.count, position + ProtocolLimits.controlLineBytesMax + FrameText.lineEnd.count)
        guard let lineFeed = buffer[position..<limit].firstIndex(of: FrameText.lineFeed) else {
            if buffer.count - position > ProtocolLimits.controlLineBytesMax + 1 { throw .controlLineTooLong }
            return nil
        }
        var content = buffer[position..<lineFeed]
        if content.last == FrameText.carriageReturn { content.removeLast() }
        if content.count > ProtocolLimits.controlLineBytesMax { throw .controlLineTooLong }
        return (content, lineFeed + 1)
    }

    private func frame(
        named operation: Bytes, _ cursor: inout LineCursor, bodyAt start: Int
    ) throws(ProtocolViolation) -> ParsedFrame? {
        switch Operation(operation) {
        case .publish, .publishWithHeaders, .message, .messageWithHeaders:
            return try publication(Operation(operation), cursor.fields(), bodyAt: start)
        case .subscribe: return (try subscription(cursor.fields()), start)
        case .unsubscribe: return (try unsubscription(cursor.fields()), start)
        case .connect: return (.connect(cursor.remainder()), start)
        case .info: return (.info(cursor.remainder()), start)
        case .ping: return (.ping, start)
        case .pong: return (.pong, start)
        case .ok: return (.ok, start)
        case .error: return (.error(cursor.quoted()), start)
        case nil: throw .unknownOperation
        }
    }

    private func subscription(_ fields: [Bytes]) throws(ProtocolViolation) -> Frame {
        switch fields.count {
        case 2: .subscribe(subject: fields[0], queue: nil, sid: fields[1])
        case 3: .subscribe(subject: fields[0], queue: fields[1], sid: fields[2])
        case _: throw .unknownOperation
        }
    }

    private func unsubscription(_ fields: [Bytes]) throws(ProtocolViolation) -> Frame {
        switch fields.count {
        case 1: return .unsubscribe(sid: fields[0], max: nil)
        case 2:
            guard let max = FrameText.number(fields[1]) else { throw .unknownOperation }
            return .unsubscribe(sid: fields[0], max: max)
        case _: throw .unknownOperation
        }
    }

    /// The four operations that carry a payload: subject, sid (of a message), reply (if any), header length (if any),
    /// length.
    private func publication(
        _ operation: Operation?, _ fields: [Bytes], bodyAt start: Int
    ) throws(ProtocolViolation) -> ParsedFrame? {
        let isMessage = operation == .message || operation == .messageWithHeaders
        let hasHeaders = operation == .publishWithHeaders || operation == .messageWithHeaders
        let replyAt = isMessage ? 2 : 1, lengthsCount = hasHeaders ? 2 : 1
        guard fields.count == replyAt + lengthsCount || fields.count == replyAt + 1 + lengthsCount,
            let total = FrameText.number(fields[fields.count - 1]),
            let headerLength = hasHeaders ? FrameText.number(fields[fields.count - 2]) : 0, headerLength <= total
        else { throw .unknownOperation }
        if total > ProtocolLimits.payloadBytesMax { throw .payloadTooLong }
        guard let end = try endOfBody(start + total) else { return nil }
        let publication = Publication(
            subject: fields[0], reply: fields.count == replyAt + 1 + lengthsCount ? fields[replyAt] : nil,
            headers: hasHeaders ? buffer[start..<start + headerLength] : nil,
            payload: buffer[start + headerLength..<start + total])
        return (isMessage ? .message(publication, sid: fields[1]) : .publish(publication), end)
    }

    /// Where the next frame begins: behind the line end that must follow a payload. Nil when it has not come yet.
    private func endOfBody(_ index: Int) throws(ProtocolViolation) -> Int? {
        guard index < buffer.count else { return nil }
        if buffer[index] == FrameText.lineFeed { return index + 1 }
        guard buffer[index] == FrameText.carriageReturn else { throw .unknownOperation }
        guard index + 1 < buffer.count else { return nil }
        guard buffer[index + 1] == FrameText.lineFeed else { throw .unknownOperation }
        return index + 2
    }
}

/// The names of the operations.
private enum Operation {
    case info, connect, publish, publishWithHeaders, subscribe, unsubscribe, message, messageWithHeaders
    case ping, pong, ok, error

    private static let names: [(name: [UInt8], operation: Operation)] = [
        (Array("PUB".utf8), .publish), (Array("MSG".utf8), .message),
        (Array("HPUB".utf8), .publishWithHeaders), (Array("HMSG".utf8), .messageWithHeaders),
        (Array("SUB".utf8), .subscribe), (Array("UNSUB".utf8), .unsubscribe),
        (Array("PING".utf8), .ping), (Array("PONG".utf8), .pong), (Array("+OK".utf8), .ok),
        (Array("-ERR".utf8), .error),
        (Array("CONNECT".utf8), .connect), (Array("INFO".utf8), .info),
    ]

    init?(_ name: Bytes) {
        for entry in Self.names where entry.name.count == name.count {
            // Upper case: letters lose bit 0x20; `+` and `-` have it and are compared as they are.
            if zip(entry.name, name).allSatisfy({ $0 == $1 || ($0 >= UInt8(ascii: "A") && $0 == $1 & ~0x20) }) {
                self = entry.operation
                return
            }
        }
        return nil
    }
}

/// Walks along a control line.
private struct LineCursor {
    var rest: Bytes

    private static func isBlank(_ byte: UInt8) -> Bool { byte == FrameText.space || byte == FrameText.tab }

    /// The next field, nil at the end of the line.
    mutating func field() -> Bytes? {
        rest = rest.drop(while: Self.isBlank)
        guard !rest.isEmpty else { return nil }
        let field = rest.prefix { !Self.isBlank($0) }
        rest = rest[field.endIndex...]
        return field
    }

    /// All fields that are left.
    mutating func fields() -> [Bytes] {
        var fields: [Bytes] = []
        while let field = field() { fields.append(field) }
        return fields
    }

    /// The rest as one text, without the blanks around it.
    func remainder() -> Bytes {
        var text = rest.drop(while: Self.isBlank)
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        return text
    }

    /// The rest without the quotes around it.
    func quoted() -> Bytes {
        let text = remainder()
        guard text.count >= 2, text.first == UInt8(ascii: "'"), text.last == UInt8(ascii: "'") else { return text }
        return text.dropFirst().dropLast()
    }
}
