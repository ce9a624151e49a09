extension Frame {
    /// Appends the frame in the form of the protocol.
    public func write(to output: inout [UInt8]) {
        switch self {
        case .info(let json): output.appendLine("INFO ", json, " ")
        case .connect(let json): output.appendLine("CONNECT ", json, "")
        case .publish(let publication):
            output.append(utf8: publication.headers == nil ? "PUB " : "HPUB ")
            publication.write(sid: nil, to: &output)
        case .message(let publication, let sid):
            output.append(utf8: publication.headers == nil ? "MSG " : "HMSG ")
            publication.write(sid: sid, to: &output)
        case .subscribe(let subject, let queue, let sid):
            output.append(utf8: "SUB ")
            output.append(field: subject)
            if let queue { output.append(field: queue) }
            output.append(contentsOf: sid)
            output.append(contentsOf: FrameText.lineEnd)
        case .unsubscribe(let sid, let max):
            output.append(utf8: "UNSUB ")
            output.append(contentsOf: sid)
            if let max { output.append(utf8: " \(max)") }
            output.append(contentsOf: FrameText.lineEnd)
        case .ping: output.append(utf8: "PING\r\n")
        case .pong: output.append(utf8: "PONG\r\n")
        case .ok: output.append(utf8: "+OK\r\n")
        case .error(let text): output.appendLine("-ERR '", text, "'")
        }
    }
}

extension Publication {
    /// Appends everything after the operation's name.
    fileprivate func write(sid: Bytes?, to output: inout [UInt8]) {
        output.append(field: subject)
        if let sid { output.append(field: sid) }
        if let reply { output.append(field: reply) }
        if let headers {
            output.append(decimal: headers.count)
            output.append(FrameText.space)
            output.append(decimal: headers.count + payload.count)
            output.append(contentsOf: FrameText.lineEnd)
            output.append(contentsOf: headers)
        } else {
            output.append(decimal: payload.count)
            output.append(contentsOf: FrameText.lineEnd)
        }
        output.append(contentsOf: payload)
        output.append(contentsOf: FrameText.lineEnd)
    }
}

extension [UInt8] {
    fileprivate mutating func append(utf8 text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @_disfavoredOverload
    fileprivate mutating func append(utf8 text: String) { append(contentsOf: text.utf8) }

    fileprivate mutating func append(field: Bytes) {
        append(contentsOf: field)
        append(FrameText.space)
    }

    /// Writes the digits without making a String, because this happens for every message.
    fileprivate mutating func append(decimal number: Int) {
        let start = count
        var rest = number
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    fileprivate mutating func appendLine(_ before: StaticString, _ content: Bytes, _ after: StaticString) {
        append(utf8: before)
        append(contentsOf: content)
        append(utf8: after)
        append(contentsOf: FrameText.lineEnd)
    }
}
