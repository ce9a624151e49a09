import CCurl
import Capabilities
import LinuxSystem

/// A connection to a host, which libcurl finds and connects to, and then leaves to us.
///
/// libcurl asks before it connects to each of a host's addresses, so there is no moment between the look at an address
/// and its use, and a name cannot lead elsewhere in between.
///
/// See: CURLOPT_CONNECT_ONLY(3), CURLOPT_OPENSOCKETFUNCTION(3)
final class HostConnection {
    /// libcurl's handle, owned.
    let easy: UnsafeMutableRawPointer

    private let address: WebAddress
    private let isAllowed: (IPAddress) -> Bool
    /// The address that was refused last, and whether another one was tried.
    private var refused: IPAddress?, hasTried = false
    private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// How long it may take, in milliseconds.
    private static let connectMillisecondsMax = 20_000

    /// Prepares a connection to a host whose name is allowed.
    ///
    /// - Parameter isAllowed: Whether an address of it may be reached, too.
    init(to address: WebAddress, isAllowed: @escaping (IPAddress) -> Bool) {
        guard let easy = curl_easy_init() else { preconditionFailure("curl_easy_init: out of memory") }
        self.easy = easy
        self.address = address
        self.isAllowed = isAllowed
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        // Nothing is said there but what the client says.
        ccurl_set_string(easy, CURLOPT_URL, "http://\(host):\(address.port)/")
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http")
        ccurl_set_string(easy, CURLOPT_PROXY, "")  // another proxy would look names up itself
        ccurl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // Otherwise libcurl would wait, when the time is over, for name servers that do not answer.
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.connectMillisecondsMax)
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
        ccurl_set_open_socket_function(
            easy,
            { context, _, address in
                guard let context, let address else { return CURL_SOCKET_BAD }
                let connection = Unmanaged<HostConnection>.fromOpaque(context).takeUnretainedValue()
                return connection.open(address)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        curl_easy_cleanup(easy)
        reason.deallocate()
    }

    private func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let bytes = [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = ccurl_address(address, buffer.baseAddress)
        }
        guard let found = IPAddress(bytes: bytes) else { return CURL_SOCKET_BAD }
        guard isAllowed(found) else {
            refused = found
            return CURL_SOCKET_BAD
        }
        hasTried = true
        return ccurl_open_socket(address)
    }

    /// The connection's socket, when libcurl has connected: a descriptor of our own, since libcurl closes its own when
    /// it likes.
    func socket() -> SharedDescriptor? {
        var raw = CURL_SOCKET_BAD
        guard ccurl_get_socket(easy, &raw) == CURLE_OK, raw != CURL_SOCKET_BAD else { return nil }
        guard let copy = try? FileDescriptor.copy(of: raw) else { return nil }
        return SharedDescriptor(copy)
    }

    /// Why there is no connection.
    func refusal(_ result: CURLcode) -> ProxyRefusal {
        if let refused, !hasTried {
            return ProxyRefusal(
                .forbidden,
                "\(address.place) leads to \(refused), which is not of the internet, and no grant has this address")
        }
        let told = String(cString: reason)
        return ProxyRefusal(.badGateway, told.isEmpty ? String(cString: curl_easy_strerror(result)) : told)
    }
}
