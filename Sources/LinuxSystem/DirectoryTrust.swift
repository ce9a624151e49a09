import Glibc

/// Who can have made a directory, judged by the directories above it.
///
/// A directory that root or this user owns is trusted. So is one that another user owns, as long as nobody else could
/// have put it there: everything above it belongs to whom it is trusted to, and not everybody may write in it. In /tmp
/// anybody may have made a directory of any name.
public enum DirectoryTrust {
    /// One directory on the way from `/` to the one that is asked about.
    struct Step: Hashable {
        /// Its path.
        var path: String
        /// Its user; for a symbolic link the user that made the link.
        var owner: uid_t
        /// Whether everybody may write in it.
        var isPublic: Bool
    }

    /// Why a directory is not trusted.
    public struct Objection: Error, Hashable, CustomStringConvertible {
        /// The directory, and what is wrong with it.
        public let description: String

        /// An objection in words.
        public init(_ description: String) { self.description = description }
    }

    /// The user that a trusted directory belongs to.
    ///
    /// - Parameters:
    ///   - directory: A path; a relative one begins where this process is.
    ///   - user: Who asks.
    /// - Throws: `Objection`, also when the directory cannot be looked at.
    public static func owner(of directory: String, for user: uid_t = geteuid()) throws(Objection) -> uid_t {
        var steps: [Step] = [], path = ""
        for component in Files.absolute(directory).split(separator: "/") {
            path += "/" + component
            var link = stat(), target = stat()
            guard lstat(path, &link) == 0, stat(path, &target) == 0 else {
                throw Objection("\(path): \(String(cString: strerror(errno)))")
            }
            if link.st_mode & S_IFMT == S_IFLNK {
                steps.append(Step(path: path, owner: link.st_uid, isPublic: false))
            }
            steps.append(Step(path: path, owner: target.st_uid, isPublic: target.st_mode & S_IWOTH != 0))
        }
        return try owner(atTheEndOf: steps, for: user)
    }

    /// The user that the last of some directories belongs to, each of which lies in the one before; root's for none.
    static func owner(atTheEndOf steps: [Step], for user: uid_t) throws(Objection) -> uid_t {
        var isPublic = false, owner: uid_t = 0
        for step in steps {
            if isPublic, step.owner != 0, step.owner != user {
                throw Objection(
                    "\(step.path) belongs to user \(step.owner), who is neither root nor user \(user), "
                        + "and lies where everybody may write")
            }
            (owner, isPublic) = (step.owner, step.isPublic)
        }
        if isPublic, let last = steps.last {
            throw Objection("everybody may write in \(last.path)")
        }
        return owner
    }
}
