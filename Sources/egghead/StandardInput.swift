import Glibc
import LinuxSystem
import Runtime

/// What a command reads when it is not told on its command line.
enum StandardInput {
    /// Whether a person types there.
    static var isTerminal: Bool { isatty(0) == 1 }

    /// A text from standard input, or, when a person types there, what their editor leaves of a draft.
    ///
    /// - Throws: `CommandFailure`.
    static func orEditor(_ draft: String, named name: String) throws -> String {
        isTerminal
            ? try Editor.edit(draft, named: name)
            : String(decoding: try read(limit: Editor.textBytesMax), as: UTF8.self)
    }

    /// Everything up to the end.
    ///
    /// - Throws: `CommandFailure` when it is longer than the limit, or cannot be read.
    static func read(limit: Int) throws -> [UInt8] {
        let bytes = try [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, count in
            while count <= limit {
                let taken = Glibc.read(0, buffer.baseAddress.map { $0 + count }, limit + 1 - count)
                if taken == 0 { return }
                if taken > 0 {
                    count += taken
                } else if errno != EINTR {
                    throw SystemCallError("read", subject: "standard input", errno: errno)
                }
            }
        }
        if bytes.count > limit { throw CommandFailure(.usage, "standard input is longer than \(limit) bytes") }
        return bytes
    }
}
