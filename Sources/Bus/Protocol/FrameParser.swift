/// Splits a stream of bytes into frames, independently of where the reads end.
public struct FrameParser {
    private var buffer: [UInt8] = []
    /// The offset of the first frame that was not returned yet.
    private var position = 0

    /// A parser at the beginning of a stream.
    public init() {}

    /// Adds bytes that were read.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if position > 0 {
            buffer.removeSubrange(..<position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete frame; nil if the rest of it has not arrived yet.
    ///
    /// - Throws: The violation, which ends the connection: the rest of the stream cannot be read.
    public mutating func next() throws(ProtocolViolation) -> Frame? {
        let rest = position...
        let found = buffer.withUnsafeBytes { Self.first(in: RawBytes(rebasing: $0[rest])) }
        guard let (frame, length) = try found.get() else { return nil }
        position += length
        return frame
    }

    private static func first(in bytes: RawBytes) -> Result<(Frame, length: Int)?, ProtocolViolation> {
        do throws(ProtocolViolation) {
            guard case .frame(let view, let length) = try FrameScanner.scan(bytes) else { return .success(nil) }
            return .success((Frame(copying: view), length))
        } catch {
            return .failure(error)
        }
    }
}

extension Frame {
    /// A frame with a copy of its bytes.
    init(copying view: FrameView) {
        func copy(_ bytes: RawBytes) -> Bytes { Array(bytes)[...] }
        self =
            switch view {
            case .info(let json): .info(copy(json))
            case .connect(let json): .connect(copy(json))
            case .publish(let message): .publish(Publication(copying: message))
            case .message(let message, let sid): .message(Publication(copying: message), sid: copy(sid))
            case .subscribe(let subject, let queue, let sid):
                .subscribe(subject: copy(subject), queue: queue.map(copy), sid: copy(sid))
            case .unsubscribe(let sid, let max): .unsubscribe(sid: copy(sid), max: max)
            case .ping: .ping
            case .pong: .pong
            case .ok: .ok
            case .error(let text): .error(copy(text))
            }
    }
}

extension Publication {
    init(copying view: PublicationView) {
        self.init(
            subject: Array(view.subject)[...], reply: view.reply.map { Array($0)[...] },
            headers: view.headers.map { Array($0)[...] }, payload: Array(view.payload)[...])
    }
}
