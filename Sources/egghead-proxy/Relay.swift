import LinuxSystem
import Runtime

/// Hands bytes on between two connections, in both directions, until both have ended or one has failed.
///
/// It takes no more from one side than the other has taken before. A connection that has failed is no end of what was
/// sent: the other side is told by a failure, too.
final class Relay {
    private final class Side {
        let socket: SharedDescriptor
        var watch: Watch?
        /// What it is still to be sent.
        var outgoing: ArraySlice<UInt8> = []
        /// Whether nothing more comes from it, and whether that is because it has failed.
        var isAtEnd = false, hasFailed = false

        init(_ socket: SharedDescriptor) { self.socket = socket }
    }

    private let client: Side, server: Side
    private let loop: EventLoop
    /// How many bytes of the client the server may still be sent; no bound when nil.
    private var clientBytesLeft: Int?
    private var onEnd: (() -> Void)?

    /// A relay between two sockets that do not block.
    ///
    /// - Parameter onEnd: Called once.
    init(_ client: SharedDescriptor, _ server: SharedDescriptor, _ loop: EventLoop, onEnd: @escaping () -> Void) {
        (self.client, self.server, self.loop, self.onEnd) = (Side(client), Side(server), loop, onEnd)
    }

    deinit {
        for side in [client, server] {
            side.watch?.cancel()
            side.watch = nil  // it holds the side, and the side its socket
        }
    }

    /// Begins with what each side is to get first.
    ///
    /// - Parameter clientBytesMax: How many bytes of the client the server may be sent besides; no bound when nil. A
    ///   client that sends more has begun another request, and begins it anew on another connection.
    func start(toClient: [UInt8], toServer: [UInt8], clientBytesMax: Int?) {
        (client.outgoing, server.outgoing, clientBytesLeft) = (toClient[...], toServer[...], clientBytesMax)
        send(client, from: server)
        send(server, from: client)
        watch()
    }

    private func handle(_ side: Side, _ other: Side) {
        send(side, from: other)
        if !side.isAtEnd, other.outgoing.isEmpty { take(from: side, for: other) }
        watch()
    }

    private func take(from side: Side, for other: Side) {
        do throws(SystemCallError) {
            guard let bytes = try side.socket.readSome() else { return }
            if side === client, let left = clientBytesLeft {
                // Some clients end a body with a line end that is no part of it.
                if left == 0, bytes.allSatisfy({ [10, 13].contains($0) }), !bytes.isEmpty { return }
                guard bytes.count <= left else { return end() }
                clientBytesLeft = left - bytes.count
            }
            side.isAtEnd = bytes.isEmpty
            other.outgoing = bytes[...]
        } catch {
            (side.isAtEnd, side.hasFailed) = (true, true)
        }
        send(other, from: side)
    }

    /// Sends what there is to send to a side, and tells it when the other has no more.
    private func send(_ side: Side, from other: Side) {
        while !side.outgoing.isEmpty {
            do throws(SystemCallError) {
                guard let count = try side.socket.write(side.outgoing) else { return }
                side.outgoing = side.outgoing.dropFirst(count)
            } catch {
                // Nobody reads there any more, so the other need not be read; what this one has said is still to come.
                (other.isAtEnd, side.outgoing) = (true, [])
            }
        }
        if other.hasFailed { side.socket.failAtClose() }
        if other.isAtEnd, !other.hasFailed { side.socket.endSending() }
    }

    /// Watches each side for what can be done with it next.
    private func watch() {
        if onEnd == nil { return }
        let isWatched = [watch(client, server), watch(server, client)]
        let sides = [client, server]
        if sides.allSatisfy({ $0.isAtEnd && $0.outgoing.isEmpty }) || isWatched.contains(false) { return end() }
        // After a failure there is nothing to wait for but what was read before.
        if sides.contains(where: \.hasFailed), sides.allSatisfy(\.outgoing.isEmpty) { end() }
    }

    /// - Returns: Whether the kernel watches it, if it is to be watched.
    private func watch(_ side: Side, _ other: Side) -> Bool {
        var interest: Interest = []
        if !side.isAtEnd, other.outgoing.isEmpty { interest.insert(.read) }
        if !side.outgoing.isEmpty { interest.insert(.write) }
        if interest.isEmpty {
            // The kernel would tell again and again that the other end has gone.
            side.watch?.cancel()
            side.watch = nil
            return true
        }
        if let watch = side.watch {
            watch.change(to: interest)
            return true
        }
        side.watch = try? loop.watch(side.socket.raw, for: interest) { [unowned self] _ in handle(side, other) }
        return side.watch != nil
    }

    private func end() {
        let tell = onEnd
        onEnd = nil
        tell?()
    }
}

extension SharedDescriptor {
    /// The most bytes that are read at once.
    private static let chunkBytes = 64 << 10

    /// What has come.
    ///
    /// - Returns: Nothing at its end; nil when nothing has come yet.
    /// - Throws: `read`, when the connection has failed.
    func readSome() throws(SystemCallError) -> [UInt8]? {
        var result: Result<Int?, SystemCallError> = .success(nil)
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            do throws(SystemCallError) {
                result = .success(try read(into: UnsafeMutableRawBufferPointer(buffer)))
            } catch {
                result = .failure(error)
            }
            count = (try? result.get()) ?? 0
        }
        return try result.get() == nil ? nil : bytes
    }

    fileprivate func write(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Int? {
        var result: Result<Int?, SystemCallError> = .success(nil)
        bytes.withUnsafeBytes { buffer in
            do throws(SystemCallError) { result = .success(try write(buffer)) } catch { result = .failure(error) }
        }
        return try result.get()
    }
}
