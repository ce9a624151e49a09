import CCurl
import LinuxSystem
import Models
import Runtime

/// HTTP by libcurl, inside the process's own loop: libcurl says which sockets it waits for and until when, the loop
/// tells it what has happened to them.
///
/// Connections are kept and used again. Nothing here blocks.
///
/// See: libcurl-multi(3), curl_multi_socket_action(3)
final class HTTPClient {
    private let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    private var watches: [curl_socket_t: Watch] = [:]
    private var timer: Timer?
    private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
    /// Those of which part of the body waits to be handed on.
    private var filled: [HTTPTransfer] = []

    /// A client in a loop.
    init(loop: EventLoop) {
        curl_global_init(Int(CURL_GLOBAL_ALL))
        guard let multi = curl_multi_init() else { preconditionFailure("curl_multi_init: out of memory") }
        self.loop = loop
        self.multi = multi
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, GatewayLimits.connectionsKeptMax)
        ccurl_multi_set_socket_function(
            multi, { _, socket, wanted, context, _ in HTTPClient.from(context).watch(socket, wanted) }, context)
        ccurl_multi_set_timer_function(
            multi, { _, milliseconds, context in HTTPClient.from(context).wake(after: milliseconds) }, context)
    }

    deinit {
        for easy in transfers.keys { curl_multi_remove_handle(multi, easy) }
        curl_multi_cleanup(multi)
    }

    /// Begins an exchange. Its events come in order, in later turns of the loop, the last one once.
    func start(_ request: HTTPRequest, onEvent: @escaping (ProviderCall.Event) -> Void) -> HTTPTransfer {
        let transfer = HTTPTransfer(request, onBody: { [unowned self] in filled.append($0) }, onEvent: onEvent)
        transfers[transfer.easy] = transfer
        curl_multi_add_handle(multi, transfer.easy)
        return transfer
    }

    /// Drops an exchange with its connection; nothing more is heard of it. One that has ended already is left alone.
    func cancel(_ transfer: HTTPTransfer) {
        transfer.onEvent = nil
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Lets an exchange come to its end unheard, so that its connection can be used again, but not for long.
    func drain(_ transfer: HTTPTransfer) {
        transfer.onEvent = nil
        loop.schedule(after: GatewayLimits.drainTime) { [weak self] in self?.cancel(transfer) }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPClient {
        guard let context else { preconditionFailure("libcurl lost the context of a callback") }
        return Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
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
            // A socket that the kernel does not watch stays silent, and its call ends by its idle timeout.
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
        let ended = takeEnded()
        let filled = filled
        self.filled = []
        for transfer in filled { transfer.deliver() }
        for transfer in ended { transfer.deliver() }
    }

    private func takeEnded() -> [HTTPTransfer] {
        var ended: [HTTPTransfer] = []
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = ccurl_message_result(message)
            curl_multi_remove_handle(multi, easy)
            guard let transfer = transfers.removeValue(forKey: easy) else { continue }
            transfer.end(result)
            ended.append(transfer)
        }
        return ended
    }
}
