import Glibc

/// Standard error, written to without ever waiting for whoever reads it: a pager that nobody pages, or a terminal that
/// is held with Ctrl-S, must not stop a supervisor.
public enum StandardError {
    /// Writes what the reader takes now. The rest is dropped: a log that nobody reads is worth less than a node that
    /// runs.
    ///
    /// The descriptor itself stays blocking, because it is shared with the shell that started us.
    public static func write(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            var poller = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
            guard poll(&poller, 1, 0) == 1 else { return }
            // A pipe that polls as writable has room for PIPE_BUF bytes. See: pipe(7)
            let count = rest.prefix(4_096).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
