import CCurl
import Glibc
import LinuxSystem
import Runtime

/// One HTTP exchange: libcurl's easy handle and what it has brought.
///
/// libcurl calls back in the middle of its own work, where nothing else of it may be called; so the callbacks only
/// gather news here, and `HTTPClient` hands it on when libcurl has returned.
public final class HTTPTransfer {
    /// libcurl's handle, owned.
    let easy: UnsafeMutableRawPointer
    /// Who hears of it; nil when nobody wants to any more.
    var onEvent: ((HTTPEvent) -> Void)?

    /// Called when the first part of the body comes since it was handed on.
    private let onBody: (HTTPTransfer) -> Void
    private let hasSocket: Bool
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var body: [UInt8] = []
    private var hasTold = false
    /// Whether more has come at once than is taken: what is compressed unpacks to a thousand times its size.
    private var isTooMuch = false
    private var result: CURLcode?

    /// Prepares the exchange; nothing is sent yet.
    init(
        _ request: HTTPRequest, onBody: @escaping (HTTPTransfer) -> Void,
        onEvent: @escaping (HTTPEvent) -> Void
    ) {
        guard let easy = curl_easy_init() else { preconditionFailure("curl_easy_init: out of memory") }
        self.easy = easy
        self.onBody = onBody
        hasSocket = request.socket != nil
        self.onEvent = onEvent
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setOptions()
        set(request)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
        reason.deallocate()
    }

    private func setOptions() {
        // The resolver of libcurl looks names up in a thread of its own, which runs no code of ours; without this
        // option it would use signals where it is built otherwise.
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        // A redirect would carry the key to wherever the answer says: it is reported instead.
        ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, HTTPClient.connectMillisecondsMax)
        ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_string(easy, CURLOPT_USERAGENT, "egghead")
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_set_write_function(easy) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            if transfer.body.isEmpty { transfer.onBody(transfer) }
            transfer.isTooMuch = transfer.body.count + size * count > HTTPClient.gatheredBytesMax
            if transfer.isTooMuch { return 0 }
            transfer.body += UnsafeRawBufferPointer(start: bytes, count: size * count)
            return size * count
        }
    }

    private func set(_ request: HTTPRequest) {
        ccurl_set_string(easy, CURLOPT_URL, request.url)
        if let socket = request.socket { ccurl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, socket) }
        if request.socket != nil || request.isForThisMachine {
            ccurl_set_string(easy, CURLOPT_PROXY, "")  // whatever the environment says of proxies
        }
        // Nothing compressed is asked for, since it would come late, and what comes so all the same is read.
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "identity")
        // libcurl would ask for a "100 Continue" before a long body, and wait for it where servers know none.
        let lines = request.headers.map { "\($0.name): \($0.value)" } + ["Expect:"]
        for line in lines { headers = curl_slist_append(headers, line) }
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers)
        guard request.method == .post else {
            if request.method != .get { ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
            return
        }
        ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        request.body.withUnsafeBytes { body in
            // Copied by libcurl, so the pointer need not outlive this call.
            _ = ccurl_set_pointer(
                easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
        }
    }

    /// Notes that libcurl is through with it.
    func end(_ result: CURLcode) { self.result = result }

    /// Hands on what has been gathered.
    func deliver() {
        // A refusal is one without its body, too.
        if !hasTold, !body.isEmpty || result == CURLE_OK || result != nil && status >= 300 { tellHead() }
        if !body.isEmpty {
            let bytes = body
            body.removeAll(keepingCapacity: true)
            onEvent?(.bytes(bytes))
        }
        guard let result else { return }
        onEvent?(ending(result))
        onEvent = nil
    }

    private func tellHead() {
        hasTold = true
        onEvent?(.response(status: status))
    }

    /// The seconds of the field `Retry-After`, also when it names a date; nil when there is none.
    ///
    /// See: curl_easy_getinfo(3), CURLINFO_RETRY_AFTER
    public var retryAfterSeconds: Int? {
        var seconds: curl_off_t = 0
        ccurl_get_size(easy, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? Int(seconds) : nil
    }

    /// The status; 0 as long as none has come.
    private var status: Int {
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// A field of the answer's head, the first one of that name; nil when there is none.
    public func header(_ name: String) -> String? { headers(name).first }

    /// All fields of the answer's head of a name.
    public func headers(_ name: String) -> [String] {
        var values: [String] = []
        while let value = ccurl_header(easy, name, values.count) { values.append(String(cString: value)) }
        return values
    }

    /// Whether the request went over a connection of an earlier one.
    private var wasKept: Bool {
        var connects = 0
        ccurl_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        return connects == 0
    }

    /// Why nobody has answered on the socket: libcurl's own words are about the host of the URL.
    private var socketText: String {
        var number = 0
        ccurl_get_long(easy, CURLINFO_OS_ERRNO, &number)
        return number == 0 ? "nobody listens there" : String(cString: strerror(CInt(truncatingIfNeeded: number)))
    }

    private func ending(_ result: CURLcode) -> HTTPEvent {
        if result == CURLE_OK { return .completed }
        if isTooMuch { return .broken("more than \(HTTPClient.gatheredBytesMax >> 20) MiB have come at once") }
        let told = String(cString: reason)
        let text = told.isEmpty ? String(cString: curl_easy_strerror(result)) : told
        // Before this point in time nothing of the request has been sent.
        var connected: curl_off_t = 0
        ccurl_get_size(easy, CURLINFO_PRETRANSFER_TIME_T, &connected)
        if connected > 0, hasTold || !wasKept { return .broken(text) }
        // A connection that was kept, and that the provider has closed when the request came.
        if connected > 0 { return .unreachable(text) }
        if hasSocket, result == CURLE_COULDNT_CONNECT { return .unreachable(socketText) }
        return result == CURLE_OPERATION_TIMEDOUT ? .unconnected(text) : .unreachable(text)
    }
}
