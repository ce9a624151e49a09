import Glibc
import JSON
import Runtime
import Services
import Terminal

/// Writes to standard output and standard error, blocking. If the reader has closed the pipe (`egghead watch | head`)
/// the process exits with status 0.
enum Output {
    /// Prints a line on standard output. The caller has escaped text from other sources; see `SafeText`.
    static func print(_ line: String) { write(line + "\n", to: 1) }

    /// Prints lines as `print(_:)` does, all at once.
    static func print(_ lines: [String]) {
        if !lines.isEmpty { print(lines.joined(separator: "\n")) }
    }

    /// Prints text on standard output without a line end.
    static func write(raw text: String) { write(text, to: 1) }

    /// Prints a value as one line of JSON on standard output.
    static func print(json value: some Encodable) { print(jsonLines: [value]) }

    /// Prints values as JSON, each as a line, all at once.
    static func print(jsonLines values: [some Encodable]) {
        print(values.map { SafeText.json(String(decoding: JSON.encode($0), as: UTF8.self)) })
    }

    /// Whether standard error is a terminal, at which a person sits.
    static var errorsReachTerminal: Bool { isatty(2) == 1 }

    /// Prints a line on standard error, after the name of the program.
    static func complain(_ message: String) { write("egghead: \(SafeText.block(message))\n", to: 2) }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest.removeFirst(count)
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&poller, 1, -1)
            } else if errno != EINTR {
                // A closed pipe is no error; anything else, such as a full disk, is one.
                (errno == EPIPE ? ExitStatus.success : .failure).exit()
            }
        }
    }
}
