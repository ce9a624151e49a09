import Glibc
import Runtime
import Services
import Terminal

/// What the command prints. A reader that has gone (`egghead watch | head`) ends it quietly.
enum Output {
    /// A line on standard output. The caller has made the words of others safe.
    static func print(_ line: String) { write(line + "\n", to: 1) }

    /// Text as it is, for a terminal.
    static func write(raw text: String) { write(text, to: 1) }

    /// A value as one line of JSON on standard output.
    static func print(json value: some Encodable) {
        print(SafeText.json(String(decoding: JSON.encode(value), as: UTF8.self)))
    }

    /// A line on standard error, with the command's name before it.
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
                // Nobody reads any more, or the disk is full; only the latter is worth a status.
                (errno == EPIPE ? ExitStatus.success : .failure).exit()
            }
        }
    }
}
