import Capabilities
import Glibc
import LinuxSystem
import Runtime
import Sandbox
import Sandboxes

/// A call that runs in a sandbox: started, heard out, and ended with everything that it has started.
final class SandboxedProcess {
    /// What came of it.
    struct Ending {
        /// How the sandbox ended: with the program's own status, or 128 and the number of the signal that ended it.
        var status: WaitStatus
        /// What the helper answered; nil when it became a program, or has not come so far.
        var reply: HelperReply?
        /// Whether the helper became a program, or tried.
        var hasBegun = false
        /// Whether it was ended because its time was over.
        var isOverdue = false
        /// Whether it was ended because nobody waits for it any more.
        var isStopped = false
        /// Whether it was ended because it had more processes than it may.
        var hasTooManyTasks = false
        /// Whether the kernel has ended it because its memory was used up.
        var isOutOfMemory = false
        /// Why it was ended, if it had filled the disk.
        var diskShortage: String?
        /// Where its proxy let it not go, and why, in its words.
        var refusedHosts: [String] = []
    }

    /// What it has printed.
    let output: CollectedOutput
    private let child: ChildHandle
    private let cgroup: CallCgroup?
    private let proxy: SandboxProxy?
    private let loop: EventLoop
    private let tasksMax: Int
    private var reply: [UInt8] = []
    private let replyPipe: SharedDescriptor, outputPipe: SharedDescriptor
    private var watches: [Watch?] = []
    private var timer: Timer?
    private var isOverdue = false, isStopped = false, hasTooManyTasks = false
    private var diskShortage: String?
    private let disk: DiskReserve?
    private var onEnd: ((Ending) -> Void)?

    /// How often the processes of a call are counted where no cgroup bounds them, since the limit of resources is
    /// nothing to the machine's root, and how often it is looked at what is left of its disk.
    private static let lookingInterval = Duration.milliseconds(20)
    /// The longest answer of the helper, in bytes.
    private static let replyBytesMax = 4 << 20

    /// Starts a call.
    ///
    /// - Parameters:
    ///   - time: How long it may take.
    ///   - hosts: Which hosts it may reach; none when nil.
    ///   - disk: What it leaves of the disk that it may write; nil when it may not.
    ///   - cgroup: Its cgroup; nil where there are none.
    ///   - onEnd: Called once, in a later turn of the loop.
    /// - Throws: What kept it from starting.
    init(
        _ plan: SandboxPlan, _ request: HelperRequest, in bubblewrap: Bubblewrap, hosts: HostRules?,
        disk: DiskReserve?, cgroup: CallCgroup?, time: Duration, tasksMax: Int, output: CollectedOutput,
        loop: EventLoop,
        onEnd: @escaping (Ending) -> Void
    ) throws(SystemCallError) {
        self.output = output
        self.cgroup = cgroup
        self.disk = disk
        self.loop = loop
        self.tasksMax = tasksMax
        self.onEnd = onEnd
        let (outputPipe, outputEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        let (replyPipe, replyEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        (self.outputPipe, self.replyPipe) = (outputPipe, replyPipe)
        var proxy: SandboxProxy?
        if let hosts { proxy = try SandboxProxy(hosts, of: bubblewrap, loop: loop) }
        self.proxy = proxy
        do throws(SystemCallError) {
            child = try bubblewrap.start(
                plan, request: request.bytes, reply: replyEnd.raw, output: outputEnd.raw, proxy: proxy?.helperEnd?.raw,
                cgroup: cgroup?.raw)
        } catch {
            proxy?.end()
            throw error
        }
        do throws(SystemCallError) {
            watches = [
                try loop.watch(child.pidfd.raw, for: .read) { [weak self] _ in self?.reap() },
                try loop.watch(outputPipe.raw, for: .read) { [weak self] _ in self?.readOutput() },
                try loop.watch(replyPipe.raw, for: .read) { [weak self] _ in self?.readReply() },
            ]
        } catch {
            kill()
            throw error
        }
        timer = loop.schedule(after: time) { [weak self] in
            self?.isOverdue = true
            self?.kill()
        }
        if countsTasks || disk != nil { look() }
    }

    /// Ends it because nobody waits for it any more; `onEnd` follows.
    func stop() {
        isStopped = true
        kill()
    }

    /// Ends it with all that it has started; `onEnd` follows.
    private func kill() {
        proxy?.end()
        cgroup?.kill()
        child.signalGroup(.kill)
    }

    /// Whether no kernel bounds its processes.
    private var countsTasks: Bool { cgroup?.boundsTasks != true }

    /// Looks now and then at what no kernel bounds here.
    private func look() {
        loop.schedule(after: Self.lookingInterval) { [weak self] in
            guard let self, onEnd != nil else { return }
            if countsTasks,
                ProcessInformation.threadsOfDescendants(of: child.pid, atMost: tasksMax + 1) > tasksMax
            {
                hasTooManyTasks = true
                kill()
            }
            if diskShortage == nil, let shortage = disk?.shortage {
                diskShortage = shortage
                kill()
            }
            look()
        }
    }

    private func readOutput() {
        read(outputPipe, 1) { output.append($0) }
    }

    private func readReply() {
        read(replyPipe, 2) { bytes in
            if reply.count + bytes.count <= Self.replyBytesMax { reply += bytes }
        }
    }

    /// Reads what is there.
    private func read(_ pipe: SharedDescriptor, _ index: Int, _ take: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            // A program that writes without end must leave the loop to others.
            for _ in 0..<16 {
                guard let count = (try? pipe.read(into: buffer)) ?? nil else { return }
                guard count > 0 else {
                    watches[index]?.cancel()
                    return
                }
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private func reap() {
        guard let status = child.reap() else { return }
        proxy?.finish()
        let isOutOfMemory = cgroup?.hasRunOutOfMemory ?? false
        cgroup?.kill()
        readOutput()
        readReply()
        watches.forEach { $0?.cancel() }
        timer?.cancel()
        cgroup?.remove(loop)
        let replies = HelperReply.all(in: reply)
        let ending = Ending(
            status: status, reply: replies.last { $0 != .begun }, hasBegun: replies.contains(.begun),
            isOverdue: isOverdue, isStopped: isStopped,
            hasTooManyTasks: hasTooManyTasks, isOutOfMemory: isOutOfMemory, diskShortage: diskShortage,
            refusedHosts: proxy?.refusals() ?? [])
        let tell = onEnd
        onEnd = nil
        tell?(ending)
    }
}
