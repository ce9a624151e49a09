import CCurl
import Capabilities
import LinuxSystem
import Runtime

/// A connection of a client in the sandbox: it says where to, and then it is there, or is told why not.
final class ProxyConnection {
    private let client: SharedDescriptor
    private unowned let proxy: Proxy
    private var head: [UInt8] = []
    private var headTimer: Timer?
    private var watch: Watch?
    private var host: HostConnection?
    private var relay: Relay?
    private var onEnd: ((ProxyConnection) -> Void)?

    /// How long a client may take to say where to.
    private static let headTime = Duration.seconds(20)
    /// How long a client that was refused may take to read why.
    private static let refusalTime = Duration.seconds(2)

    /// - Parameter onEnd: Called once, when everything of it is closed.
    init(_ client: SharedDescriptor, of proxy: Proxy, onEnd: @escaping (ProxyConnection) -> Void) {
        (self.client, self.proxy, self.onEnd) = (client, proxy, onEnd)
    }

    /// Begins to listen to the client.
    func start() {
        watch = try? proxy.loop.watch(client.raw, for: .read) { [unowned self] _ in readHead() }
        if watch == nil { return end() }
        client.sendAtOnce()
        headTimer = proxy.loop.schedule(after: Self.headTime) { [weak self] in self?.end() }
    }

    private func readHead() {
        guard let bytes = receive() else { return }
        let looked = head.count
        head += bytes
        guard !bytes.isEmpty else { return end() }
        guard let length = ProxyHead.length(in: head, after: looked) else {
            if head.count >= ProxyHead.bytesMax {
                refuse(ProxyRefusal(.badRequest, "the request's head has more than \(ProxyHead.bytesMax) bytes"))
            }
            return
        }
        do throws(ProxyRefusal) {
            connect(try read(head[..<length]), rest: head[length...])
        } catch {
            refuse(error)
        }
    }

    private func read(_ bytes: ArraySlice<UInt8>) throws(ProxyRefusal) -> ProxyHead {
        let head: ProxyHead
        do { head = try ProxyHead(bytes) } catch { throw ProxyRefusal(.badRequest, error.message) }
        guard proxy.rules.allow(head.address) else {
            throw ProxyRefusal(.forbidden, "no grant has the host \(head.address.place)")
        }
        return head
    }

    private func connect(_ head: ProxyHead, rest: ArraySlice<UInt8>) {
        watch?.cancel()
        headTimer?.cancel()
        let host = HostConnection(to: head.address) { [unowned proxy] in proxy.allows($0, of: head.address) }
        self.host = host
        proxy.connect(host) { [unowned self] ended in
            let server = ended.result == CURLE_OK ? host.socket() : nil
            proxy.close(host)
            self.host = nil
            guard let server else { return refuse(host.refusal(ended.result)) }
            let greeting = head.forwarded == nil ? Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8) : []
            let relay = Relay(client, server, proxy.loop) { [unowned self] in end() }
            self.relay = relay
            let body = head.bodyLength.map { rest.prefix($0) } ?? rest
            relay.start(
                toClient: greeting, toServer: (head.forwarded ?? []) + body,
                clientBytesMax: head.bodyLength.map { $0 - body.count })
        }
    }

    /// Answers why not, and lets the client read it: a connection that is closed with bytes unread takes back what was
    /// sent on it.
    private func refuse(_ refusal: ProxyRefusal) {
        proxy.tell(refusal)
        watch?.cancel()
        headTimer?.cancel()
        _ = refusal.bytes.withUnsafeBytes { try? client.write($0) }
        client.endSending()
        let timer = proxy.loop.schedule(after: Self.refusalTime) { [weak self] in self?.end() }
        watch = try? proxy.loop.watch(client.raw, for: .read) { [unowned self] _ in
            guard receive()?.isEmpty == true else { return }
            timer.cancel()
            end()
        }
    }

    /// What has come; nothing also when the connection has failed.
    private func receive() -> [UInt8]? {
        do throws(SystemCallError) { return try client.readSome() } catch { return [] }
    }

    private func end() {
        watch?.cancel()
        headTimer?.cancel()
        if let host { proxy.close(host) }
        let tell = onEnd
        onEnd = nil
        tell?(self)
    }
}
