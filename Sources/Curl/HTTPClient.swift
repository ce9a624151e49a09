import Runtime

/// HTTP by libcurl, inside the process's own loop. Connections are kept and used again. Nothing here blocks.
public final class HTTPClient {
    private let loop: EventLoop
    private let multi: CurlMulti
    private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
    /// Those of which part of the body waits to be handed on.
    private var filled: [HTTPTransfer] = []

    /// How long connecting may take, with the look-up of the name and TLS, in milliseconds.
    static let connectMillisecondsMax = 10_000
    /// How much of a body is taken before it is handed on, in bytes.
    static let gatheredBytesMax = 16 << 20
    /// How long the rest of a body is waited for that nobody wants, so that the connection can be used again.
    private static let drainTime = Duration.seconds(2)

    /// A client in a loop.
    ///
    /// - Parameter connectionsKeptMax: How many connections are kept for later requests.
    public init(loop: EventLoop, connectionsKeptMax: Int) {
        self.loop = loop
        multi = CurlMulti(loop: loop, connectionsKeptMax: connectionsKeptMax)
        multi.onProgress = { [unowned self] in deliver(ended: $0) }
    }

    deinit {
        for easy in transfers.keys { multi.remove(easy) }
    }

    /// Begins an exchange. Its events come in order, in later turns of the loop, the last one once.
    public func start(_ request: HTTPRequest, onEvent: @escaping (HTTPEvent) -> Void) -> HTTPTransfer {
        let transfer = HTTPTransfer(request, onBody: { [unowned self] in filled.append($0) }, onEvent: onEvent)
        transfers[transfer.easy] = transfer
        multi.add(transfer.easy)
        return transfer
    }

    /// Drops an exchange with its connection; nothing more is heard of it. One that has ended already is left alone.
    public func cancel(_ transfer: HTTPTransfer) {
        transfer.onEvent = nil
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        multi.remove(transfer.easy)
    }

    /// Lets an exchange come to its end unheard, so that its connection can be used again, but not for long.
    public func drain(_ transfer: HTTPTransfer) {
        transfer.onEvent = nil
        loop.schedule(after: Self.drainTime) { [weak self] in self?.cancel(transfer) }
    }

    private func deliver(ended: [CurlMulti.Ended]) {
        let through = ended.compactMap { ended -> HTTPTransfer? in
            multi.remove(ended.easy)
            let transfer = transfers.removeValue(forKey: ended.easy)
            transfer?.end(ended.result)
            return transfer
        }
        let filled = filled
        self.filled = []
        for transfer in filled + through { transfer.deliver() }
    }
}
