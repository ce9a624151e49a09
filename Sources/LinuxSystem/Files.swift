import CLinux
import Glibc

/// What is known of a file without opening it.
public struct FileStatus: Hashable, Sendable {
    /// What a name can stand for.
    public enum Kind: Hashable, Sendable {
        case file, directory, symbolicLink, socket, other
    }

    /// What it is.
    public var kind: Kind
    /// Its length in bytes.
    public var size: Int
    /// When its content last changed, in nanoseconds since 1970; whoever owns it can set this.
    public var modifiedNanoseconds: Int128
    /// When its content, name or permissions last changed, in nanoseconds since 1970.
    public var changedNanoseconds: Int64
    /// The device and the inode: two names with the same pair are one file.
    public var device: UInt64
    /// The inode.
    public var inode: UInt64
    /// Who owns it.
    public var owner: uid_t
    /// Who may do what, the last nine bits of its mode.
    public var permissions: mode_t

    init(_ raw: stat) {
        switch raw.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        case _: kind = .other
        }
        size = Int(raw.st_size)
        modifiedNanoseconds = Self.nanoseconds(raw.st_mtim)
        changedNanoseconds = Int64(clamping: Self.nanoseconds(raw.st_ctim))
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        (owner, permissions) = (raw.st_uid, raw.st_mode & 0o777)
    }

    /// A time within the years 1 to 9999, which are those of a date in RFC 3339; whoever sets another one, as with
    /// `touch -d`, gets the nearest. ext4 holds times up to the year 2446, xfs up to 2486.
    private static func nanoseconds(_ time: timespec) -> Int128 {
        Int128(max(-62_135_596_800, min(time.tv_sec, 253_402_300_799))) * 1_000_000_000 + Int128(time.tv_nsec)
    }
}

/// Whole files and directories, by path. Every call waits for the disk.
public enum Files {
    /// Opens a path.
    ///
    /// - Parameters:
    ///   - flags: As in open(2); close-on-exec is added.
    ///   - mode: The permissions of a file that is created, before the umask.
    /// - Throws: `open`.
    public static func open(_ path: String, _ flags: CInt, mode: mode_t = 0o666) throws(SystemCallError)
        -> FileDescriptor
    {
        FileDescriptor(owning: try completedCall("open", subject: path) { Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    /// The whole content of a file.
    ///
    /// - Parameters:
    ///   - limit: The most bytes to read; a longer file throws EFBIG.
    /// - Throws: `open`, `read`.
    public static func read(_ path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        let file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        return try readAll(file, subject: path, limit: limit)
    }

    /// Everything from the descriptor's position on.
    public static func readAll(
        _ file: borrowing FileDescriptor, subject: String, limit: Int
    ) throws(SystemCallError) -> [UInt8] {
        let raw = file.raw
        return try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
            buffer -> Result<[UInt8], SystemCallError> in
            var bytes: [UInt8] = []
            do throws(SystemCallError) {
                while true {
                    let count = try completedCall("read", subject: subject) {
                        Glibc.read(raw, buffer.baseAddress, buffer.count)
                    }
                    if count == 0 { return .success(bytes) }
                    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    if bytes.count > limit { throw SystemCallError("read", subject: subject, errno: EFBIG) }
                }
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Replaces a file's content in one step that survives a power cut: a reader sees the old bytes or the new ones.
    ///
    /// The temporary file lies beside the target, hidden, and is removed when a step fails. It is always a new file: a
    /// link that somebody has put under its name leads nowhere.
    ///
    /// The new file is ours. Where the old one was another user's, the group gets the permissions that its owner had:
    /// who owned it is at most a member of the group now.
    ///
    /// - Parameter mode: The permissions of a file that is new, before the umask; one that is there keeps its own.
    /// - Throws: `open`, `write`, `fsync`, `rename`; the old content is untouched then, unless it is the fsync of the
    ///   directory that fails, after which a power cut decides.
    ///
    /// See: rename(2), fsync(2), open(2) O_EXCL
    public static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o666) throws(SystemCallError) {
        try replace(path, mode: mode) { file throws(SystemCallError) in try writeAll(bytes, to: file) }
    }

    /// Replaces a file's content as `replace(_:with:mode:)` does, and leaves it to its owner and group, with its
    /// permissions. A file that is new gets its directory's group, which may read it.
    ///
    /// - Throws: `fchown` too, when the file is another user's and we are not root.
    public static func replaceKeepingOwner(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
        try replace(path, mode: 0o600, keepsOwner: true) { file throws(SystemCallError) in
            try writeAll(bytes, to: file)
        }
    }

    /// Replaces a file's content by parts of a file, which may be the same, as `replace(_:with:mode:)` does. A part of
    /// any length takes little memory.
    ///
    /// - Parameters:
    ///   - parts: Which bytes of the source, in the order in which they are written; what the source ends before is
    ///     left out.
    ///   - mode: The permissions of a file that is new, before the umask; one that is there keeps its own.
    /// - Throws: `open`, `pread`, `write`, `fsync`, `rename`; the old content is untouched then.
    public static func replace(
        _ path: String, with parts: [Range<Int>], of source: String, mode: mode_t = 0o666
    ) throws(SystemCallError) {
        let original = try open(source, O_RDONLY)
        try replace(path, mode: mode) { file throws(SystemCallError) in
            for part in parts {
                var place = part.lowerBound
                while place < part.upperBound {
                    let piece = try original.read(at: place, bytesMax: min(pieceBytes, part.upperBound - place))
                    if piece.isEmpty { break }
                    try writeAll(piece, to: file)
                    place += piece.count
                }
            }
        }
    }

    private static let pieceBytes = 65_536

    private static func replace(
        _ path: String, mode: mode_t, keepsOwner: Bool = false,
        _ write: (borrowing FileDescriptor) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        let (directory, name) = split(path)
        let temporary = "\(directory)/.\(name).\(getpid()).tmp"
        var old = stat()
        let isThere = lstat(path, &old) == 0 && old.st_mode & S_IFMT == S_IFREG
        unlink(temporary)  // what an earlier process of this number has left
        do throws(SystemCallError) {
            let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: isThere ? 0o600 : mode)
            try write(file)
            let raw = file.raw
            if keepsOwner {
                if !isThere { try completedCall("stat", subject: directory) { stat(directory, &old) } }
                let owner = isThere ? old.st_uid : geteuid(), mode = isThere ? old.st_mode & 0o777 : 0o640
                if owner != geteuid() || old.st_gid != getegid() {
                    try completedCall("fchown", subject: path) { fchown(raw, owner, old.st_gid) }
                }
                try completedCall("fchmod", subject: path) { fchmod(raw, mode) }
            } else if isThere {
                let kept = old.st_mode & 0o777, shared = old.st_uid == geteuid() ? 0 : (kept & 0o600) >> 3
                try completedCall("fchmod", subject: path) { fchmod(raw, kept | shared) }
            }
            try completedCall("fsync", subject: path) { fsync(raw) }
            try completedCall("rename", subject: path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeDirectory(directory)
    }

    static func writeAll(_ bytes: [UInt8], to file: borrowing FileDescriptor) throws(SystemCallError) {
        var failure: SystemCallError?
        bytes.withUnsafeBytes { buffer in
            do throws(SystemCallError) { try file.writeAll(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Waits until a file that somebody else may have written, and its name, are on the disk.
    ///
    /// - Throws: `open`, `fsync`.
    public static func synchronize(_ path: String) throws(SystemCallError) {
        let file = try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        let raw = file.raw
        try completedCall("fsync", subject: path) { fsync(raw) }
        try synchronizeDirectory(split(path).directory)
    }

    /// Makes the names in a directory survive a power cut.
    ///
    /// - Throws: `open`, `fsync`.
    public static func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        let directory = try open(path, O_RDONLY | O_DIRECTORY)
        let raw = directory.raw
        try completedCall("fsync", subject: path) { fsync(raw) }
    }

    /// Renames within a file system. With `replacing` false an existing target throws EEXIST.
    ///
    /// - Throws: `rename`.
    public static func move(_ from: String, to: String, replacing: Bool) throws(SystemCallError) {
        try completedCall("rename", subject: from) {
            clinux_renameat2(AT_FDCWD, from, AT_FDCWD, to, replacing ? 0 : 1 /* RENAME_NOREPLACE */)
        }
    }

    /// Removes a name.
    ///
    /// - Throws: `unlink`.
    public static func remove(_ path: String) throws(SystemCallError) {
        try completedCall("unlink", subject: path) { unlink(path) }
    }

    /// Removes an empty directory.
    ///
    /// - Throws: `rmdir`.
    public static func removeDirectory(_ path: String) throws(SystemCallError) {
        try completedCall("rmdir", subject: path) { rmdir(path) }
    }

    /// Opens a file and takes the lock on it, for as long as the descriptor lives.
    ///
    /// - Returns: nil when another process holds the lock.
    /// - Throws: `open`, `flock`.
    ///
    /// See: flock(2)
    public static func lock(_ path: String) throws(SystemCallError) -> FileDescriptor? {
        let file: FileDescriptor
        do throws(SystemCallError) {
            file = try open(path, O_RDWR | O_CREAT, mode: 0o600)
        } catch {
            guard error.errno == EROFS else { throw error }
            file = try open(path, O_RDONLY)  // one that is there can be locked all the same
        }
        let raw = file.raw
        guard try systemCall("flock", subject: path, { flock(raw, LOCK_EX | LOCK_NB) }) != nil else { return nil }
        return file
    }

    /// Whether a path is a file that this process may execute.
    public static func isExecutable(_ path: String) -> Bool {
        guard let status = try? status(path), status.kind == .file else { return false }
        return access(path, X_OK) == 0
    }

    /// Makes a directory and those above it; one that exists already is left as it is. The names of the new ones
    /// survive a power cut.
    ///
    /// - Parameter mode: The permissions of the new ones, before the umask.
    /// - Throws: `mkdir`, or `stat` when the path is a symbolic link that leads nowhere; `open`, `fsync` of the
    ///   directory that has the new name.
    ///
    /// See: fsync(2), "an explicit fsync() on a file descriptor for the directory is also needed"
    public static func makeDirectories(_ path: String, mode: mode_t = 0o777) throws(SystemCallError) {
        if let status = try? status(path), status.kind == .directory { return }
        let (above, _) = split(path)
        if above != path, !above.isEmpty { try makeDirectories(above, mode: mode) }
        if mkdir(path, mode) == -1 {
            if errno != EEXIST { throw SystemCallError("mkdir", subject: path, errno: errno) }
            // Another process may have made it meanwhile; or else it is a file, or a symbolic link that leads nowhere.
            if try status(path).kind != .directory { throw SystemCallError("mkdir", subject: path, errno: ENOTDIR) }
            return
        }
        do throws(SystemCallError) {
            try synchronizeDirectory(above)
        } catch {
            rmdir(path)  // whoever tries again makes it again, and synchronizes its name
            throw error
        }
    }

    /// Gives a file to a user.
    ///
    /// - Throws: `chown`: EPERM unless we are root.
    public static func setOwner(of path: String, to uid: uid_t) throws(SystemCallError) {
        try completedCall("chown", subject: path) { chown(path, uid, gid_t.max) }
    }

    /// Gives a file permissions, whatever the umask is.
    ///
    /// - Throws: `chmod`: EPERM unless it is ours.
    public static func setMode(of path: String, to mode: mode_t) throws(SystemCallError) {
        try completedCall("chmod", subject: path) { chmod(path, mode) }
    }

    /// Makes reads and writes wait again, for everybody who holds the open file description.
    ///
    /// - Throws: `fcntl`.
    public static func setBlocking(_ descriptor: CInt) throws(SystemCallError) {
        let flags = try completedCall("fcntl") { fcntl(descriptor, F_GETFL) }
        if flags & O_NONBLOCK != 0 { try completedCall("fcntl") { fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) } }
    }

    /// What a path stands for, symbolic links followed.
    ///
    /// - Throws: `stat`.
    public static func status(_ path: String) throws(SystemCallError) -> FileStatus {
        var raw = stat()
        try completedCall("stat", subject: path) { stat(path, &raw) }
        return FileStatus(raw)
    }

    /// The bytes that a user without privileges can still write in the file system of a path.
    ///
    /// - Throws: `statvfs`.
    public static func freeBytes(at path: String) throws(SystemCallError) -> Int {
        try space(at: path).freeBytes
    }

    /// What there is of the file system of a path, and what a user without privileges can still have of it.
    ///
    /// - Throws: `statvfs`.
    public static func space(at path: String) throws(SystemCallError) -> FileSystemSpace {
        var raw = statvfs()
        try completedCall("statvfs", subject: path) { statvfs(path, &raw) }
        let unit = Int(clamping: raw.f_frsize)
        return FileSystemSpace(
            bytes: unit.multipliedClamping(by: Int(clamping: raw.f_blocks)),
            freeBytes: unit.multipliedClamping(by: Int(clamping: raw.f_bavail)),
            files: Int(clamping: raw.f_files), freeFiles: Int(clamping: raw.f_favail))
    }

    /// What a path stands for, a symbolic link itself.
    ///
    /// - Throws: `lstat`.
    public static func linkStatus(_ path: String) throws(SystemCallError) -> FileStatus {
        var raw = stat()
        try completedCall("lstat", subject: path) { lstat(path, &raw) }
        return FileStatus(raw)
    }

    /// The path without symbolic links of something that exists.
    ///
    /// - Throws: `realpath`.
    public static func resolved(_ path: String) throws(SystemCallError) -> String {
        guard let resolved = realpath(path, nil) else { throw SystemCallError("realpath", subject: path, errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether files may be changed at other machines, of which the kernel says nothing: on NFS, SMB, 9p, sshfs and
    /// other file systems that a program serves. False if that cannot be found out.
    ///
    /// See: statfs(2), inotify(7) "Limitations and caveats"
    public static func isRemote(_ path: String) -> Bool { clinux_is_remote(path) }

    /// A path from `/` on; a relative one begins in this process's working directory.
    ///
    /// See: getcwd(3)
    public static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// The names in a directory, sorted, without `.` and `..`.
    ///
    /// - Throws: `opendir`.
    public static func list(_ path: String) throws(SystemCallError) -> [String] {
        guard let stream = opendir(path) else { throw SystemCallError("opendir", subject: path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The directory and the last name of a path; the directory of a bare name is `.`.
    public static func split(_ path: String) -> (directory: String, name: String) {
        // By bytes, as the kernel splits paths: a String considers a slash with an accent another character.
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.utf8.index(after: slash)...]))
    }

    /// The directory of a relative path; "" for a bare name.
    public static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
    }
}
