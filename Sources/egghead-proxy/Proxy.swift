import Capabilities
import Confinement
import Curl
import LinuxSystem
import Runtime
import Sandbox
import Services

/// The way from one sandbox, whose network has nothing but itself, to the hosts that its agent may reach.
///
/// The helper makes a socket that listens in there, and hands it over. What connects to it asks for a host, as with any
/// proxy of HTTP, and gets there when a grant has the host's name and the name leads to an address of the internet.
///
/// It lives as long as its call: the toolbox ends it then, and the kernel when the toolbox dies.
final class Proxy {
    /// Where the request is, where the helper hands its socket over, and where it is said what was refused.
    private static let requestDescriptor: CInt = 3, helperDescriptor: CInt = 4, refusalsDescriptor: CInt = 5
    /// How many different refusals are told.
    private static let refusalsMax = 16
    /// The longest request, in bytes.
    private static let requestBytesMax = 1 << 20
    /// How many connections there may be at once. Further ones wait.
    private static let connectionsMax = 64

    /// The process's loop.
    let loop: EventLoop
    /// Where to.
    let rules: HostRules
    /// This machine's networks as they are now.
    private let networks = NetworkInterfaces.addresses().compactMap { entry in
        IPAddress(bytes: entry.address).flatMap { IPNetwork($0, bits: entry.prefixLength) }
    }
    /// Whether the sandbox has ended, and what it has written is still handed on.
    private var isClosing = false
    private let multi: CurlMulti
    private var listener: SharedDescriptor?
    private var watch: Watch?, helperWatch: Watch?
    private var refusals: Set<String> = []
    private var connections: [ObjectIdentifier: ProxyConnection] = [:]
    private var connecting: [UnsafeMutableRawPointer: (CurlMulti.Ended) -> Void] = [:]

    private init(rules: HostRules) throws(SystemCallError) {
        loop = try EventLoop()
        self.rules = rules
        multi = CurlMulti(loop: loop, connectionsKeptMax: Self.connectionsMax)
        multi.onProgress = { [unowned self] ended in
            for ended in ended { connecting.removeValue(forKey: ended.easy)?(ended) }
        }
    }

    /// Serves one sandbox.
    ///
    /// - Returns: The exit status.
    /// - Throws: What it was started with is no request.
    static func serve() throws -> ExitStatus {
        guard [requestDescriptor, helperDescriptor, refusalsDescriptor].allSatisfy(Files.isOpen) else {
            throw ServiceFailure(.invalid, "egghead-proxy: egghead-toolbox alone starts it")
        }
        SignalDescriptor.ignorePipe()
        let bytes = try Files.read("/proc/self/fd/\(requestDescriptor)", limit: requestBytesMax)
        let proxy = try Proxy(rules: try HostRules(bytes: bytes))
        CurrentProcess.yieldToOthers()  // as what runs in the sandbox does
        _ = Confinement.proxy.enforce()  // doctor tries and tells what is not in force
        return try withExtendedLifetime(proxy) {
            try proxy.awaitListener(from: helperDescriptor)
            return try proxy.loop.run()
        }
    }

    private func awaitListener(from helper: CInt) throws(SystemCallError) {
        helperWatch = try loop.watch(helper, for: .read) { [unowned self] _ in
            guard var message = (try? UnixSocket.receive(on: helper, capacity: 16)) ?? nil else { return }
            guard let socket = message.takeDescriptor() else { return close() }
            listener = SharedDescriptor(socket)
            accept()
        }
    }

    /// The sandbox has ended: whoever has connected is heard out.
    private func close() {
        helperWatch?.cancel()
        isClosing = true
        accept()
        if connections.isEmpty { loop.stop(.success) }
    }

    private func accept() {
        guard let listener else { return }
        while connections.count < Self.connectionsMax {
            guard let socket = (try? listener.accept()) ?? nil else { break }
            let connection = ProxyConnection(SharedDescriptor(socket), of: self) { [unowned self] connection in
                connections[ObjectIdentifier(connection)] = nil
                accept()
                if isClosing, connections.isEmpty { loop.stop(.success) }
            }
            connections[ObjectIdentifier(connection)] = connection
            connection.start()
        }
        watch?.cancel()
        watch = nil
        if !isClosing, connections.count < Self.connectionsMax {
            watch = try? loop.watch(listener.raw, for: .read) { [unowned self] _ in accept() }
        }
    }

    /// Tells the toolbox, and so the room and the log, that no grant lets the sandbox go where it wants to; once.
    func tell(_ refusal: ProxyRefusal) {
        guard refusal.status == .forbidden, refusals.count < Self.refusalsMax, refusals.insert(refusal.reason).inserted
        else { return }
        // Whoever made the pipe may have gone.
        try? Files.writeAll(Array("\(refusal.reason)\n".utf8), to: Self.refusalsDescriptor)
    }

    /// Whether an address of a host may be reached.
    func allows(_ address: IPAddress, of host: WebAddress) -> Bool {
        rules.allow(address, port: host.port, outside: networks)
    }

    /// Connects to a host.
    ///
    /// - Parameter onEnd: Called once, in a later turn of the loop, unless the connection is closed before.
    func connect(_ connection: HostConnection, onEnd: @escaping (CurlMulti.Ended) -> Void) {
        connecting[connection.easy] = onEnd
        multi.add(connection.easy)
    }

    /// Has libcurl forget a connection, or give up making it.
    func close(_ connection: HostConnection) {
        connecting[connection.easy] = nil
        multi.remove(connection.easy)
    }
}
