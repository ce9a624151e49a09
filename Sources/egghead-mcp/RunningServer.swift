import Capabilities
import LinuxSystem
import Runtime
import Sandbox
import Sandboxes
import Services

/// A server's program while it runs.
final class RunningServer {
    /// Called with what it writes to standard output.
    var onBytes: ([UInt8]) -> Void = { _ in }
    /// Called once, when nothing of it is left: how it ended, on one line.
    var onEnd: (String) -> Void = { _ in }

    private let loop: EventLoop
    private let child: ChildHandle
    private let proxy: SandboxProxy?
    private let output: SharedDescriptor, reply: SharedDescriptor
    private var input: SharedDescriptor?
    private var waiting: [UInt8] = []
    private var replies: [UInt8] = []
    private var watches: [Watch] = []
    private var inputWatch: Watch?

    /// How much may wait for a server that does not read, in bytes.
    private static let waitingBytesMax = 32 << 20
    /// How long a server whose input is closed may take before it is asked to end, and then before it is ended.
    private static let patience = Duration.seconds(2)

    /// Starts a server.
    ///
    /// - Throws: What kept it from starting.
    init(
        _ plan: SandboxPlan, _ request: HelperRequest, in bubblewrap: Bubblewrap, hosts: HostRules?, loop: EventLoop
    ) throws(SystemCallError) {
        self.loop = loop
        let (inputEnd, input) = try Files.pipe(isToProgram: true).split {
            (SharedDescriptor($0), SharedDescriptor($1))
        }
        let (output, outputEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        let (reply, replyEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        (self.input, self.output, self.reply) = (input, output, reply)
        var proxy: SandboxProxy?
        if let hosts { proxy = try SandboxProxy(hosts, of: bubblewrap, loop: loop) }
        self.proxy = proxy
        do throws(SystemCallError) {
            child = try bubblewrap.start(
                plan, request: request.bytes, reply: replyEnd.raw, output: 2, proxy: proxy?.helperEnd?.raw,
                streams: (inputEnd.raw, outputEnd.raw), cgroup: nil)
        } catch {
            proxy?.end()
            throw error
        }
        do throws(SystemCallError) {
            watches = [
                try loop.watch(child.pidfd.raw, for: .read) { [weak self] _ in self?.reap() },
                try loop.watch(output.raw, for: .read) { [weak self] _ in self?.readOutput() },
                try loop.watch(reply.raw, for: .read) { [weak self] _ in self?.readReply() },
            ]
            inputWatch = try loop.watch(input.raw, for: []) { [weak self] _ in self?.flush() }
        } catch {
            kill()
            throw error
        }
    }

    /// Sends bytes to its standard input, as it takes them.
    func write(_ bytes: [UInt8]) {
        guard input != nil else { return }
        waiting += bytes
        if waiting.count > Self.waitingBytesMax { return kill() }
        flush()
    }

    private func flush() {
        guard let input else { return }
        while !waiting.isEmpty {
            do {
                guard let written = try waiting.withUnsafeBytes({ try input.write($0) }) else { break }
                waiting.removeFirst(written)
            } catch {
                closeInput()
                return streamEnded()
            }
        }
        inputWatch?.change(to: waiting.isEmpty ? [] : .write)
    }

    private func closeInput() {
        inputWatch?.cancel()
        inputWatch = nil
        input = nil
        waiting = []
    }

    /// Ends it in order: its input ends, then it is asked to, then it is ended.
    ///
    /// See: MCP 2026-07-28, stdio, Shutdown
    func end() {
        closeInput()
        loop.schedule(after: Self.patience) { [weak self] in
            guard let self else { return }
            ProcessInformation.signalDescendants(of: child.pid, .terminate)
            loop.schedule(after: Self.patience) { [weak self] in self?.kill() }
        }
    }

    private func kill() {
        proxy?.end()
        child.signalGroup(.kill)
    }

    private func readOutput() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            // A server that writes without end must leave the loop to others.
            for _ in 0..<16 {
                guard let count = (try? output.read(into: buffer)) ?? nil else { return }
                guard count > 0 else { return streamEnded() }
                onBytes(Array(buffer[..<count]))
            }
        }
    }

    /// Without its input or its output it is as good as ended; mostly it has.
    private func streamEnded() {
        watches[1].cancel()
        loop.schedule(after: Self.patience) { [weak self] in self?.kill() }
    }

    private func readReply() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            guard let count = (try? reply.read(into: buffer)) ?? nil else { return }
            if count == 0 { watches[2].cancel() }
            if replies.count < 65_536 { replies += buffer[..<count] }
        }
    }

    private func reap() {
        guard let status = child.reap() else { return }
        proxy?.finish()
        readOutput()
        readReply()
        watches.forEach { $0.cancel() }
        closeInput()
        onEnd(reason(status))
    }

    private func reason(_ status: WaitStatus) -> String {
        for case .failed(let reason) in HelperReply.all(in: replies) { return reason }
        return status.ofSandbox
    }
}
