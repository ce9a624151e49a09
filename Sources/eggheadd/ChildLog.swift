import LinuxSystem
import Runtime
import Supervision

/// The log of a child, kept after the child's end: fills its tail from a pipe, and writes lines to our standard error.
final class ChildLog {
    private var tail: LogTail

    /// The most reads for a child in a turn, so that a child that writes without end does not delay other children,
    /// signals and timers for longer.
    private static let readsPerTurnMax = 4

    /// The empty log of a child, whose name begins each line.
    init(child: ChildID) { tail = LogTail(child: child) }

    /// The newest part of what the child wrote.
    var text: String { tail.text }

    /// Reads up to 64 KiB from the pipe.
    func read(from pipe: SharedDescriptor) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<Self.readsPerTurnMax {
            let count = buffer.withUnsafeMutableBytes { try? pipe.read(into: $0) }
            guard let count, count > 0 else { return }
            StandardError.write(tail.take(buffer[..<count]))
        }
    }

    /// Passes on the beginning of a line whose end will not come.
    func finishLine() {
        let line = tail.finishLine()
        if !line.isEmpty { StandardError.write(line) }
    }
}
