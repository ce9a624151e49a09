import LinuxSystem
import Runtime
import Supervision

/// What a child wrote to standard error: the newest part is kept, and every line goes on to our own standard error with
/// the child's name before it.
final class LogTail {
    private let child: ChildID
    private let forwards: Bool
    private var bytes: [UInt8] = []
    private var unfinishedLine: [UInt8] = []

    /// How much is kept of each child.
    static let bytesMax = 262_144
    /// A line is cut here when it has no end.
    static let lineBytesMax = 8_192

    init(child: ChildID, forwards: Bool) {
        self.child = child
        self.forwards = forwards
    }

    /// What is kept.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A child that writes without end gets this many reads a turn; the others, signals and timers come next.
    private static let readsPerTurnMax = 4

    /// Takes what the pipe holds, up to 64 KiB of it.
    func read(from pipe: SharedDescriptor) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<Self.readsPerTurnMax {
            let count = buffer.withUnsafeMutableBytes { try? pipe.read(into: $0) }
            guard let count, count > 0 else { return }
            take(buffer[..<count])
        }
    }

    private func take(_ new: ArraySlice<UInt8>) {
        bytes += new
        // Cut rarely and by half again as much as needed: each byte is moved once at most on average.
        if bytes.count > Self.bytesMax + Self.bytesMax / 2 { bytes.removeFirst(bytes.count - Self.bytesMax) }
        guard forwards else { return }
        var output: [UInt8] = []
        for byte in new {
            if byte != UInt8(ascii: "\n") { append(byte) }
            guard byte == UInt8(ascii: "\n") || unfinishedLine.count >= Self.lineBytesMax else { continue }
            output += takeLine()
        }
        StandardError.write(output)
    }

    /// Passes on what has come of a line whose end will not come.
    func finishLine() {
        if !unfinishedLine.isEmpty { StandardError.write(takeLine()) }
    }

    private func takeLine() -> [UInt8] {
        defer { unfinishedLine.removeAll(keepingCapacity: true) }
        return Array("\(child.name): ".utf8) + unfinishedLine + [UInt8(ascii: "\n")]
    }

    /// Our standard error may be an operator's terminal, to which a child must not write what moves the cursor.
    private func append(_ byte: UInt8) {
        let isControl = byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
        if isControl {
            unfinishedLine += Array("\\u{\(String(byte, radix: 16))}".utf8)
        } else {
            unfinishedLine.append(byte)
        }
    }
}
