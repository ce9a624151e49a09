import Curl
import EventStream
import Models
import Runtime
import Services

/// One question to a provider for the list of its models.
final class ModelListing {
    private let endpoint: ProviderRegistry.Endpoint
    private let http: HTTPClient
    private var transfer: HTTPTransfer?
    private var timer: Timer?
    private var status = 0
    private var body: [UInt8] = []
    private var onEnd: ((Result<[OfferedModel], ProviderFailure>) -> Void)?

    /// Asks.
    ///
    /// - Parameters:
    ///   - time: How long the list may take.
    ///   - onEnd: Called once, in a later turn of the loop. The question lives until then.
    init(
        of endpoint: ProviderRegistry.Endpoint, within time: Duration = GatewayLimits.modelListTime, loop: EventLoop,
        http: HTTPClient,
        onEnd: @escaping (Result<[OfferedModel], ProviderFailure>) -> Void
    ) {
        self.endpoint = endpoint
        self.http = http
        self.onEnd = onEnd
        let request = ModelList.request(to: endpoint.profile)
        transfer = http.start(request, at: endpoint) { [self] in handle($0) }
        timer = loop.schedule(after: time) { [weak self] in
            self?.end(.failure(.listIsLate(time, endpoint.profile)))
        }
    }

    private func handle(_ event: ProviderCall.Event) {
        switch event {
        case .response(let status, _): self.status = status
        case .bytes(let bytes):
            body += bytes.prefix(max(0, ModelLimits.modelListBytesMax - body.count))
        case .completed: complete()
        case .unreachable(let reason), .unconnected(let reason): end(.failure(.unreachable(reason, endpoint.profile)))
        case .broken(let reason): end(.failure(.interrupted(reason, endpoint.profile)))
        case .silent, .overdue, .cancelled: break
        }
    }

    private func complete() {
        let provider = endpoint.profile
        guard (200..<300).contains(status) else {
            let refusal = provider.dialect.refusal(status: status, retryAfter: nil, body: body)
            return end(.failure(ProviderFailure(refusal, of: provider)))
        }
        guard let models = ModelList.read(body) else {
            return end(.failure(.malformed(StreamProblem("its answer is no list of models"), provider)))
        }
        end(.success(models))
    }

    private func end(_ result: Result<[OfferedModel], ProviderFailure>) {
        timer?.cancel()
        transfer.map(http.cancel)
        transfer = nil
        onEnd?(result)
        onEnd = nil
    }
}
