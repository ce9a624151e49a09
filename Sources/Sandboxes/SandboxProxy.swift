import Capabilities
import LinuxSystem
import Runtime

/// The proxy of one sandbox, a process that lives as long as the sandbox.
public final class SandboxProxy {
    /// The end that the helper gets. The proxy hands on what has come until all copies of it are closed.
    public private(set) var helperEnd: SharedDescriptor?
    private let child: ChildHandle
    /// Where it says which hosts it has refused, a line each.
    private let refusalsPipe: SharedDescriptor
    private let loop: EventLoop
    private var watch: Watch?

    /// How long what a sandbox has written may take to reach its hosts, when it has ended.
    private static let handOnTime = Duration.seconds(3)

    /// Starts a proxy.
    ///
    /// - Parameter rules: Which hosts may be reached.
    /// - Throws: What kept it from starting.
    public init(_ rules: HostRules, of bubblewrap: Bubblewrap, loop: EventLoop) throws(SystemCallError) {
        let (proxyEnd, helperEnd) = try UnixSocket.pair(.sequencedPackets).split {
            (SharedDescriptor($0), SharedDescriptor($1))
        }
        let (refusalsPipe, refusalsEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        (self.helperEnd, self.refusalsPipe, self.loop) = (helperEnd, refusalsPipe, loop)
        child = try bubblewrap.startProxy(rules, helper: proxyEnd.raw, refusals: refusalsEnd.raw)
        do throws(SystemCallError) {
            // Its end is reaped whenever it comes, also after the call's.
            watch = try loop.watch(child.pidfd.raw, for: .read) { _ in self.reap() }
        } catch {
            child.signal(.kill)
            throw error
        }
    }

    /// Which hosts it has refused since it was asked last, and why, in words. It says so before it tells its client.
    public func refusals() -> [String] {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            guard let count = (try? refusalsPipe.read(into: buffer)) ?? nil else { return [] }
            return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// Has it end when it has handed on what the sandbox has written.
    public func finish() {
        helperEnd = nil
        loop.schedule(after: Self.handOnTime) { [weak self] in self?.end() }
    }

    /// Ends it.
    public func end() { child.signal(.kill) }

    private func reap() {
        guard child.reap() != nil else { return }
        watch?.cancel()
        watch = nil
    }
}
