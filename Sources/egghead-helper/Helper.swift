import Confinement
import Glibc
import LinuxSystem
import Sandbox
import Services

/// What the toolbox starts inside a sandbox: it does one thing for one call, and ends.
///
/// It has nothing but what the sandbox shows it, so whatever a path leads to, it is the agent's. What the agent may do
/// within its own directory, this decides on what was opened, and not on a name that may lead elsewhere a moment later.
enum Helper {
    /// Where the request and the answer are.
    private static let requestDescriptor: Int32 = 3, replyDescriptor: Int32 = 4
    /// Where the proxy is, if there is one.
    private static let proxyDescriptor: Int32 = 6
    /// What is to be standard input and standard output, where the request says so.
    private static let streams: (input: Int32, output: Int32) = (7, 8)
    /// The longest request, in bytes: a file's whole text, or two that are exchanged.
    private static let requestBytesMax = 16 << 20

    /// Does what was asked for.
    ///
    /// - Returns: The exit status, unless the process has become another program.
    static func run() -> ExitStatus {
        guard [requestDescriptor, replyDescriptor].allSatisfy(Files.isOpen) else {
            // Standard error may be closed as well; the status says the same.
            if Files.isOpen(2) {
                try? Files.writeAll(Array("egghead-helper: egghead-toolbox alone starts it\n".utf8), to: 2)
            }
            return .usage
        }
        do {
            // Not for a program that this becomes.
            for descriptor in [requestDescriptor, replyDescriptor] { try Files.setCloseOnExec(descriptor) }
            let bytes = try Files.read("/proc/self/fd/\(requestDescriptor)", limit: requestBytesMax)
            let request = try HelperRequest(bytes: bytes)
            if let port = request.proxyPort { try handOver(port) }
            if request.hasStreams {
                for descriptor in [proxyDescriptor, streams.input, streams.output] {
                    try Files.setCloseOnExec(descriptor)
                }
                try CurrentProcess.setStreams(input: streams.input, output: streams.output)
            }
            try Files.writeAll(perform(request).bytes, to: replyDescriptor)
            return .success
        } catch {
            // Whoever asked sees the end as well.
            try? Files.writeAll(HelperReply.failed("\(error)").bytes, to: replyDescriptor)
            return .failure
        }
    }

    /// Gives the proxy a socket that listens in the network of the sandbox, which is nobody else's.
    private static func handOver(_ port: UInt16) throws(SystemCallError) {
        try Files.setCloseOnExec(proxyDescriptor)
        let socket = try LoopbackSocket.listen(host: "127.0.0.1", port: port)
        _ = try UnixSocket.send([0], descriptor: socket.raw, on: proxyDescriptor)
    }

    private static func perform(_ request: HelperRequest) -> HelperReply {
        do throws(HelperFailure) {
            for root in (request.root.map { [$0] } ?? []) + request.others {
                let status = try? Files.status(root.path)
                guard status?.device == root.device, status?.inode == root.inode else {
                    throw HelperFailure("\(root.path) was exchanged for another directory; call it again")
                }
            }
            do throws(SystemCallError) {
                // Where the kernel has none, the sandbox's other walls stand.
                _ = try Confinement.sandbox(writing: request.writable).enforceOnFiles()
            } catch {
                throw HelperFailure("\(error)")
            }
            switch request.work {
            case .file(let operation, let permissions, let grants):
                return .done(try FileWork(permissions: permissions, grants: grants).perform(operation))
            case .program(let words): return .failed(become(words, request.limits))
            case .search(let words, let directory, let grants):
                let place = try FileWork(permissions: [.readFiles], grants: grants).place(of: directory)
                return .failed(become(words + [place.description], request.limits))
            }
        } catch {
            return error.reply
        }
    }

    /// Becomes a program.
    ///
    /// - Returns: Why it has not.
    private static func become(_ words: [String], _ limits: ProgramLimits) -> String {
        do throws(SystemCallError) {
            CurrentProcess.yieldToOthers()
            try CurrentProcess.limit(
                memoryBytes: limits.memoryBytes, tasks: limits.tasks, fileBytes: limits.fileBytes,
                // More than this breaks programs that use select(2); others raise it.
                descriptors: DescriptorLimit(soft: 1_024, hard: 4_096))
            try Files.writeAll(HelperReply.begun.bytes, to: replyDescriptor)
            try CurrentProcess.become(words)
            return "\(words[0]): it has not begun"
        } catch {
            switch error.errno {
            case ENOENT where error.call == "execvp": return "there is no program \(words[0]) in the sandbox"
            case EACCES where error.call == "execvp": return "\(words[0]) cannot be executed"
            case _: return "\(error)"
            }
        }
    }
}
