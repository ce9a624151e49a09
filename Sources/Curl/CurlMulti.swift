import CCurl
import LinuxSystem
import Runtime

/// libcurl's multi interface inside a process's own loop: libcurl says which sockets it waits for and until when, the
/// loop tells it what has happened to them. Nothing here blocks.
///
/// See: libcurl-multi(3), curl_multi_socket_action(3)
public final class CurlMulti {
    /// A transfer through which libcurl is.
    public struct Ended {
        /// libcurl's handle of it. It is still in here, with its connection.
        public let easy: UnsafeMutableRawPointer
        /// What came of it.
        public let result: CURLcode
    }

    /// Called when libcurl has done something and has returned, so that it may be called again: with what has ended.
    public var onProgress: ([Ended]) -> Void = { _ in }

    private let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    private var watches: [curl_socket_t: Watch] = [:]
    private var timer: Timer?

    /// An interface without transfers.
    ///
    /// - Parameter connectionsKeptMax: How many connections are kept for later transfers.
    public init(loop: EventLoop, connectionsKeptMax: Int) {
        curl_global_init(Int(CURL_GLOBAL_ALL))
        guard let multi = curl_multi_init() else { preconditionFailure("curl_multi_init: out of memory") }
        self.loop = loop
        self.multi = multi
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsKeptMax)
        ccurl_multi_set_socket_function(
            multi, { _, socket, wanted, context, _ in CurlMulti.from(context).watch(socket, wanted) }, context)
        ccurl_multi_set_timer_function(
            multi, { _, milliseconds, context in CurlMulti.from(context).wake(after: milliseconds) }, context)
    }

    deinit { curl_multi_cleanup(multi) }

    /// Begins a transfer. It is in here until it is removed, also when it has ended.
    public func add(_ easy: UnsafeMutableRawPointer) { curl_multi_add_handle(multi, easy) }

    /// Ends a transfer, wherever it is. Its connection is kept when it has ended well and can be used again, and closed
    /// otherwise.
    public func remove(_ easy: UnsafeMutableRawPointer) { curl_multi_remove_handle(multi, easy) }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlMulti {
        guard let context else { preconditionFailure("libcurl lost the context of a callback") }
        return Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Called by libcurl

    private func watch(_ socket: curl_socket_t, _ wanted: CInt) -> CInt {
        if wanted == CURL_POLL_REMOVE {
            watches.removeValue(forKey: socket)?.cancel()
            return 0
        }
        var interest: Interest = []
        if wanted & CURL_POLL_IN != 0 { interest.insert(.read) }
        if wanted & CURL_POLL_OUT != 0 { interest.insert(.write) }
        if let watch = watches[socket] {
            watch.change(to: interest)
        } else {
            // A socket that the kernel does not watch stays silent, and its transfer ends by its time.
            watches[socket] = try? loop.watch(socket, for: interest) { [unowned self] readiness in
                var mask: CInt = 0
                if readiness.contains(.readable) { mask |= CURL_CSELECT_IN }
                if readiness.contains(.writable) { mask |= CURL_CSELECT_OUT }
                act(on: socket, mask)
            }
        }
        return 0
    }

    private func wake(after milliseconds: Int) -> CInt {
        timer?.cancel()
        timer = nil
        if milliseconds >= 0 {
            timer = loop.schedule(after: .milliseconds(milliseconds)) { [unowned self] in
                act(on: CURL_SOCKET_TIMEOUT, 0)
            }
        }
        return 0
    }

    // MARK: Calling libcurl

    private func act(on socket: curl_socket_t, _ mask: CInt) {
        var running: CInt = 0
        curl_multi_socket_action(multi, socket, mask, &running)
        var ended: [Ended] = [], left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            ended.append(Ended(easy: easy, result: ccurl_message_result(message)))
        }
        onProgress(ended)
    }
}
