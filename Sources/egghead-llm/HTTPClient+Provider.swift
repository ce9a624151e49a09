import Curl
import LinuxSystem
import Models

extension HTTPClient {
    /// Begins a request to a provider; otherwise as `start(_:onEvent:)`.
    func start(
        _ request: ProviderRequest, at endpoint: ProviderRegistry.Endpoint,
        onEvent: @escaping (ProviderCall.Event) -> Void
    ) -> HTTPTransfer {
        weak var transfer: HTTPTransfer?
        let started = start(
            HTTPRequest(
                request.body.isEmpty ? .get : .post, endpoint.url + request.path, socket: endpoint.socket,
                headers: request.headers.map { HTTPField($0.name, $0.value) }, body: request.body)
        ) { event in onEvent(ProviderCall.Event(event, of: transfer)) }
        transfer = started
        return started
    }
}

extension ProviderCall.Event {
    /// An event of a transfer, with what its head says about the time.
    fileprivate init(_ event: HTTPEvent, of transfer: HTTPTransfer?) {
        self =
            switch event {
            case .response(let status):
                .response(
                    status: status,
                    retryAfter: RetryAfter.told(
                        status: status, standard: transfer?.retryAfterSeconds.map { .seconds($0) },
                        now: Clock.nanosecondsSince1970() / 1_000_000_000, header: { transfer?.header($0) }))
            case .bytes(let bytes): .bytes(bytes)
            case .completed: .completed
            case .unreachable(let reason): .unreachable(reason)
            case .unconnected(let reason): .unconnected(reason)
            case .broken(let reason): .broken(reason)
            }
    }
}
