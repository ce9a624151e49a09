import Glibc
import LinuxSystem
import Runtime

/// The input of a command that is not given on the command line.
enum StandardInput {
    /// Whether standard input is a terminal.
    static var isTerminal: Bool { isatty(0) == 1 }

    /// Reads a text from standard input; if that is a terminal, lets the person edit a draft instead.
    ///
    /// - Throws: `CommandFailure`; see `read(limit:)` and `Editor.edit(_:named:)`.
    static func orEditor(_ draft: String, named name: String) throws -> String {
        isTerminal
            ? try Editor.edit(draft, named: name)
            : String(decoding: try read(limit: Editor.textBytesMax), as: UTF8.self)
    }

    /// Reads standard input up to its end, blocking.
    ///
    /// - Parameter limit: The most bytes.
    /// - Throws: `CommandFailure` if there are more, `SystemCallError` if it cannot be read.
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
