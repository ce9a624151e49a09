import Glibc
import JSON
import LinuxSystem
import Sandbox
import Services

/// The toolbox's program inside a sandbox: it does one thing for one call, and ends.
///
/// It has nothing but what the sandbox shows it, so whatever a path leads to, it is the agent's. What the agent may do
/// within its own directory, this decides on what was opened, and not on a name that may lead elsewhere a moment later.
enum Helper {
    /// The word that makes the toolbox this program.
    static let word = "inside"
    /// Where the request and the answer are.
    private static let requestDescriptor: Int32 = 3, replyDescriptor: Int32 = 4
    /// The longest request, in bytes: a file's whole text, in JSON.
    static let requestBytesMax = 16 << 20

    /// Does what was asked for.
    ///
    /// - Returns: The exit status, unless the process has become another program.
    static func run() -> Int32 {
        do {
            // Not for a program that this becomes.
            for descriptor in [requestDescriptor, replyDescriptor] { try Files.setCloseOnExec(descriptor) }
            let text = try Files.read("/proc/self/fd/\(requestDescriptor)", limit: requestBytesMax)
            let reply = perform(try JSON.decode(HelperRequest.self, from: text))
            try Files.writeAll(line(reply), to: replyDescriptor)
            return 0
        } catch {
            // Whoever asked sees the end as well.
            try? Files.writeAll(line(.failed("\(error)")), to: replyDescriptor)
            return 1
        }
    }

    private static func line(_ reply: HelperReply) -> [UInt8] { JSON.encode(reply) + [UInt8(ascii: "\n")] }

    private static func perform(_ request: HelperRequest) -> HelperReply {
        do throws(HelperFailure) {
            if let root = request.root {
                let status = try? Files.status(root.path)
                guard status?.device == root.device, status?.inode == root.inode else {
                    throw HelperFailure("\(root.path) was exchanged for another directory; call it again")
                }
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
                memoryBytes: limits.memoryBytes, tasks: limits.tasks, fileBytes: limits.fileBytes)
            try Files.writeAll(line(.begun), to: replyDescriptor)
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

/// Why something was not done.
struct HelperFailure: Error {
    /// What the toolbox is told.
    let reply: HelperReply

    /// A failure in words for the model.
    init(_ message: String) { reply = .failed(message) }

    /// Something that the grants do not take in.
    init(outside path: String) { reply = .outside(path) }

    /// What the system answered.
    init(_ error: SystemCallError, on path: String) {
        let words =
            switch error.errno {
            case ENOENT: "\(path) does not exist"
            case EACCES, EPERM: "\(path): the service's user has no permission"
            case ENOTDIR: "a part of \(path) is no directory"
            case EISDIR: "\(path) is a directory"
            case ENOSPC: "\(path): there is no space left"
            case EROFS: "\(path) can only be read here"
            case ENOTEMPTY: "\(path) is a directory that is not empty"
            case ELOOP: "\(path): too many symbolic links"
            case _: "\(path): \(error)"
            }
        reply = .failed(words)
    }
}
