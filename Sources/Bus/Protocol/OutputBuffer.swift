/// Output for a socket: frames are written at the end, the kernel takes bytes from the front.
public struct OutputBuffer: ~Copyable {
    private let pool: BufferPool
    /// A large block is returned to the pool when it is empty, so that a burst costs no memory afterwards.
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0

    /// An empty buffer.
    ///
    /// - Parameter pool: The source of memory for bursts.
    public init(pool: BufferPool) { self.pool = pool }

    deinit { pool.give(memory) }

    /// The number of waiting bytes.
    public var count: Int { end - start }

    /// Whether no bytes wait.
    public var isEmpty: Bool { start == end }

    /// Appends a frame.
    public mutating func append(_ frame: Frame) {
        var written: [UInt8] = []
        frame.write(to: &written)
        append(written)
    }

    /// Appends frames that are already in the form of the protocol.
    public mutating func append(_ written: [UInt8]) {
        written.withUnsafeBytes { bytes in append(size: bytes.count) { $0.put(bytes) } }
    }

    /// Appends the other buffer's bytes and empties it.
    public mutating func append(contentsOf other: inout OutputBuffer) {
        other.withBytes { bytes in append(size: bytes.count) { $0.put(bytes) } }
        other.removeAll()
    }

    /// The waiting bytes, valid for the duration of the call.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    }

    /// Removes the bytes that the kernel has taken.
    public mutating func consume(_ taken: Int) {
        start += taken
        guard start == end else { return shrink() }
        (start, end) = (0, 0)
        guard memory.count >= BufferPool.pooledBytesMin else { return }
        pool.give(memory)
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// The memory of a burst is released when most of it has been read.
    private mutating func shrink() {
        guard memory.count >= Self.shrunkBytesMin, count < memory.count / 4 else { return }
        let waiting = count, smaller = pool.take(waiting * 2)
        withBytes { smaller.copyMemory(from: $0) }
        pool.give(memory)
        memory = smaller
        (start, end) = (0, waiting)
    }

    private static let shrunkBytesMin = 262_144

    /// Removes all bytes.
    public mutating func removeAll() { consume(count) }

    // MARK: Messages

    /// Appends a message as it was received: the bytes after its subject are unchanged.
    mutating func append(message: PublicationView, tail: RawBytes, sid: RawBytes) {
        let subject = message.subject
        append(size: Self.headBytesMax + subject.count + sid.count + tail.count) { cursor in
            if message.headers != nil { cursor.put(UInt8(ascii: "H")) }
            cursor.put(headOf: subject, sid)
            cursor.put(tail)
        }
    }

    /// Appends messages of one subject without headers, each as it was received.
    ///
    /// - Parameter bytes: The number of bytes of their payloads.
    mutating func append(run: ContiguousArray<PublicationView>, bytes: Int, sid: RawBytes) {
        guard let subject = run.first?.subject else { return }
        let each = Self.headBytesMax + subject.count + sid.count + Self.numbersBytesMax
        append(size: run.count * each + bytes) { cursor in
            for index in run.indices {
                guard let tail = run[index].tail else { continue }  // a plain message has one
                cursor.put(headOf: subject, sid)
                cursor.put(tail)
            }
        }
    }

    /// Appends a message part by part.
    ///
    /// - Parameters:
    ///   - headers: The headers; empty for a client that wants none.
    mutating func append(message: PublicationView, headers: RawBytes?, sid: RawBytes) {
        let headerLength = headers?.count ?? 0, replyLength = message.reply?.count ?? 0
        let size =
            Self.headBytesMax + Self.numbersBytesMax + message.subject.count + sid.count + replyLength + headerLength
            + message.payload.count
        append(size: size) { cursor in
            if headers != nil { cursor.put(UInt8(ascii: "H")) }
            cursor.put(headOf: message.subject, sid)
            if let reply = message.reply { cursor.put(field: reply) }
            if headers != nil {
                cursor.put(decimal: headerLength)
                cursor.put(FrameText.space)
            }
            cursor.put(decimal: headerLength + message.payload.count)
            cursor.putLineEnd()
            if let headers { cursor.put(headers) }
            cursor.put(message.payload)
            cursor.putLineEnd()
        }
    }

    /// `HMSG `, and the blanks after subject and sid.
    private static let headBytesMax = 7
    /// A blank after the reply subject, two numbers with a blank between, and two line ends.
    private static let numbersBytesMax = 1 + 20 + 1 + 20 + 4

    // MARK: Memory

    /// Lets the body write after the end.
    ///
    /// - Parameters:
    ///   - size: The most bytes that it will write.
    private mutating func append(size: Int, _ body: (inout WritingCursor) -> Void) {
        if memory.count - end < size { makeRoom(size) }
        guard let first = memory.baseAddress else { return }  // nothing to write
        var cursor = WritingCursor(next: first + end)
        body(&cursor)
        end = first.distance(to: cursor.next)
    }

    private mutating func makeRoom(_ size: Int) {
        let waiting = count
        // Moving costs no more than was sent: the buffer of a slow reader is not moved repeatedly.
        if start >= waiting, memory.count - waiting >= size {
            if let first = memory.baseAddress { first.copyMemory(from: first + start, byteCount: waiting) }
        } else {
            let least = Swift.max(memory.count * 2, waiting + size, 256)
            let larger = pool.take(least)
            withBytes { larger.copyMemory(from: $0) }
            pool.give(memory)
            memory = larger
        }
        (start, end) = (0, waiting)
    }
}

/// Writes bytes one after the other into memory that is large enough.
private struct WritingCursor {
    var next: UnsafeMutableRawPointer

    mutating func put(_ byte: UInt8) {
        next.storeBytes(of: byte, as: UInt8.self)
        next += 1
    }

    mutating func put(_ bytes: RawBytes) {
        guard let source = bytes.baseAddress else { return }
        next.copyMemory(from: source, byteCount: bytes.count)
        next += bytes.count
    }

    mutating func put(field: RawBytes) {
        put(field)
        put(FrameText.space)
    }

    /// Writes the beginning that all messages have.
    mutating func put(headOf subject: RawBytes, _ sid: RawBytes) {
        next.copyMemory(from: ("MSG " as StaticString).utf8Start, byteCount: 4)
        next += 4
        put(field: subject)
        put(field: sid)
    }

    mutating func putLineEnd() {
        put(FrameText.carriageReturn)
        put(FrameText.lineFeed)
    }

    /// Writes the digits without making a String.
    mutating func put(decimal number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            put(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
