import Glibc

/// A directory that nobody else can have prepared for us: what lies in it is ours.
public enum PrivateDirectory {
    /// Makes a new one with a name of its own.
    ///
    /// - Returns: Its path.
    /// - Throws: `mkdtemp`.
    ///
    /// See: mkdtemp(3)
    public static func makeTemporary(in directory: String, named prefix: String) throws(SystemCallError) -> String {
        var template = Array("\(directory)/\(prefix).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp", subject: directory, errno: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes the directory, or takes one that is there if it is this user's, no link, and nobody else may write in it.
    ///
    /// In a directory that everybody may write in, such as /tmp, another user may have made it first, with links in it
    /// that lead to our own files.
    ///
    /// - Throws: `mkdir`; EPERM for a directory that somebody else may have filled.
    public static func make(_ path: String) throws(SystemCallError) {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw SystemCallError("mkdir", subject: path, errno: errno) }
        var status = stat()
        try completedCall("lstat", subject: path) { lstat(path, &status) }
        let isOurs = status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
        guard isOurs else { throw SystemCallError("trust", subject: path, errno: EPERM) }
    }
}
