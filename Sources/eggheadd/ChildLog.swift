import LinuxSystem
import Runtime
import Supervision

/// The log of a child, which outlives the child: fills its tail from a pipe, and writes lines to our standard error.
final class ChildLog {
    private var tail: LogTail

    /// How many reads a child gets in a turn. One that writes without end keeps the others, signals and timers waiting
    /// for no longer than that.
    private static let readsPerTurnMax = 4

    /// An empty log.
    init(child: ChildID) { tail = LogTail(child: child) }

    /// What is kept.
    var text: String { tail.text }

    /// Takes what the pipe holds, up to 64 KiB of it.
    func read(from pipe: SharedDescriptor) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<Self.readsPerTurnMax {
            let count = buffer.withUnsafeMutableBytes { try? pipe.read(into: $0) }
            guard let count, count > 0 else { return }
            StandardError.write(tail.take(buffer[..<count]))
        }
    }

    /// Passes on what has come of a line whose end will not come.
    func finishLine() {
        let line = tail.finishLine()
        if !line.isEmpty { StandardError.write(line) }
    }
}
