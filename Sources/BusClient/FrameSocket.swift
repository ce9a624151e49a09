import Bus
import LinuxSystem
import Runtime

/// A connected stream socket in the loop: it says when there is something to read, and writes what waits as the kernel
/// takes it.
public final class FrameSocket {
    private var descriptor: FileDescriptor?
    private var watch: Watch?
    private let onReadable: () -> Void
    private let onWritable: () -> Void
    private let onEnd: () -> Void

    /// Watches a socket, which becomes non-blocking.
    ///
    /// - Parameters:
    ///   - onReadable: Called when there is something to `read`, again and again until it is read.
    ///   - onWritable: Called when the kernel takes bytes again after a `write` that it did not take whole.
    ///   - onEnd: Called once, when the peer has gone or the connection broke. Not called after `close`.
    /// - Throws: `fcntl`, `epoll_ctl`.
    public init(
        owning descriptor: consuming FileDescriptor, loop: EventLoop,
        onReadable: @escaping () -> Void, onWritable: @escaping () -> Void, onEnd: @escaping () -> Void
    ) throws(SystemCallError) {
        self.onReadable = onReadable
        self.onWritable = onWritable
        self.onEnd = onEnd
        try descriptor.setNonBlocking()
        let raw = descriptor.raw
        self.descriptor = consume descriptor
        watch = try loop.watch(raw, for: .read) { [weak self] readiness in
            guard let self else { return }  // held for the call: a callback may let go of the socket
            if readiness.contains(.writable), isOpen { self.onWritable() }
            if readiness.contains(.readable), isOpen { self.onReadable() }
        }
    }

    deinit { watch?.cancel() }

    /// Whether it was not closed yet.
    public var isOpen: Bool { descriptor != nil }

    /// Writes as much as the kernel takes now; `onWritable` tells when it takes more.
    public func write(_ output: inout OutputBuffer) {
        while !output.isEmpty, isOpen {
            switch output.withBytes(write) {
            case .success(let count?): output.consume(count)
            case .success(nil):
                watch?.change(to: [.read, .write])
                return
            case .failure: output.removeAll()  // the peer has gone, which reading will tell
            }
        }
        if isOpen { watch?.change(to: .read) }
    }

    /// Closes the socket for everybody who holds a copy of its descriptor.
    public func close() {
        watch?.cancel()
        watch = nil
        if let descriptor = descriptor.take() { UnixSocket.shutDown(descriptor) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Result<Int?, SystemCallError> {
        do throws(SystemCallError) {
            return .success(try descriptor?.write(bytes))
        } catch {
            return .failure(error)
        }
    }

    /// Reads what there is, as much as the buffer takes.
    ///
    /// - Returns: How many bytes; 0 when there are none now, or when the peer has gone, which `onEnd` has told then.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(SystemCallError) {
            guard let count = try descriptor?.read(into: buffer) else { return 0 }
            if count > 0 { return count }
        } catch {
            // A broken connection has ended, whatever the words for it.
        }
        watch?.cancel()
        onEnd()
        return 0
    }
}
