import Glibc
import LinuxSystem
import Sandbox

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
