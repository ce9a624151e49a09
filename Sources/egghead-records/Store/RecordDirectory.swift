import Glibc
import LinuxSystem
import Records
import Services

/// The directory of records on the disk: examines paths, and writes. Every call waits for the disk.
///
/// Symbolic links are not followed: one that leads outside would let a record name any file of the machine, and one
/// that leads inside would show the same file twice.
struct RecordDirectory {
    /// What is found under a path.
    enum Finding {
        /// Nothing, or nothing that is a record: another kind of file, a link, a socket.
        case nothing
        /// A folder, whose contents are not examined.
        case folder
        /// A file that is not a record, such as a picture.
        case attachment
        /// A record's file whose stamp is unchanged; it was not read.
        case unchanged(FileStamp)
        /// A record that was read, with the stamp of its file.
        case record(Record, FileStamp)
        /// A record's file that cannot be read as a record.
        case passedOver(RecordProblem)
    }

    /// The absolute path of the directory.
    let root: String

    /// The directory of deleted records.
    private static let trash = ".trash"

    /// The names in a folder that may be records or folders; "" is the directory itself.
    ///
    /// - Throws: `opendir`.
    func names(in folder: String) throws(SystemCallError) -> [String] {
        try Files.list(absolute(folder)).filter { !RecordID.isIgnored(name: $0) }
    }

    /// Examines a path.
    ///
    /// - Parameters:
    ///   - known: The stamp of the file when it was last read; a file with the same stamp is not read.
    func look(at path: String, unlessStill known: Digest? = nil) -> Finding {
        // A name that is missing, or that now leads through a link, is not a record.
        guard let status = try? Files.linkStatus(absolute(path)) else {
            return hasForeignName(path) ? passOver(path, "has a name that is not UTF-8; rename it") : .nothing
        }
        switch status.kind {
        case .directory: return .folder
        case .symbolicLink, .socket, .other: return .nothing
        case .file: break
        }
        guard RecordID.id(ofPath: path) != nil else { return .attachment }
        let stamp = FileStamp(status)
        if stamp.look == known { return .unchanged(stamp) }
        if status.size > RecordLimits.fileBytesMax {
            return passOver(path, "is larger than \(RecordLimits.fileBytesMax) bytes; split it into several records")
        }
        do throws(SystemCallError) {
            guard let text = String(validating: try read(path), as: UTF8.self) else {
                return passOver(path, "is not UTF-8 text; convert it, for example with iconv(1)")
            }
            if let objection = RecordID.objection(to: RecordID.id(ofPath: path) ?? path) {
                return passOver(path, "has a path that \(objection), so it cannot have an id; rename it")
            }
            return .record(Record(path: path, text: text), stamp)
        } catch {
            return error.errno == ENOENT ? .nothing : passOver(path, "cannot be read: \(error); repair its permissions")
        }
    }

    /// Whether a path stands for a name that is not UTF-8, in which other bytes are shown as U+FFFD.
    private func hasForeignName(_ path: String) -> Bool {
        let (_, name) = Files.split("./" + path)
        guard name.unicodeScalars.contains("\u{fffd}"), let names = try? names(in: Files.folder(of: path)) else {
            return false
        }
        return names.contains { $0.hasSameBytes(as: name) }
    }

    private func passOver(_ path: String, _ complaint: String) -> Finding {
        .passedOver(RecordProblem(path: path, line: nil, message: "the file \(complaint). It is ignored."))
    }

    /// The bytes of a record's file.
    private func read(_ path: String) throws(SystemCallError) -> [UInt8] {
        // O_NOFOLLOW: the file may have been replaced by a link.
        let file = try Files.open(absolute(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        var bytes: [UInt8] = [], failure: SystemCallError?
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 8) { buffer in
            do throws(SystemCallError) {
                while let count = try file.read(into: buffer), count > 0 {
                    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    // The file may have grown since its length was read.
                    if bytes.count > RecordLimits.fileBytesMax {
                        throw SystemCallError("read", subject: path, errno: EFBIG)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The complete present text of a record's file.
    ///
    /// - Throws: `ServiceFailure`.
    func text(of path: String) throws(ServiceFailure) -> String {
        do {
            guard let text = String(validating: try read(path), as: UTF8.self) else {
                throw ServiceFailure(.unavailable, "\(path) is no longer UTF-8 text; see egghead doctor")
            }
            return text
        } catch let failure as ServiceFailure {
            throw failure
        } catch {
            throw ServiceFailure(.unavailable, "cannot read \(path): \(error); see egghead doctor")
        }
    }

    /// Waits until a file that was not written by this request, and its name, are on the disk: whoever wrote it may
    /// have been killed, or refused by the disk, before they were.
    ///
    /// - Throws: `ServiceFailure`.
    func synchronize(_ path: String) throws(ServiceFailure) {
        do throws(SystemCallError) {
            try Files.synchronize(absolute(path))
        } catch {
            throw ServiceFailure(.failed, "cannot write \(path): \(error); repair the disk, and retry")
        }
    }

    /// Whether the name exists, as a file of any kind.
    func isTaken(_ path: String) -> Bool { (try? Files.linkStatus(absolute(path))) != nil }

    /// Writes a file in one step that survives a power failure, and makes the folders above it.
    ///
    /// - Throws: `ServiceFailure`; the file is then unchanged, unless only its name could not be synchronized.
    func write(_ text: String, to path: String) throws(ServiceFailure) {
        try guardFolders(above: path)
        do throws(SystemCallError) {
            try Files.makeDirectories(absolute(Files.folder(of: path)))
            try Files.replace(absolute(path), with: Array(text.utf8))
        } catch {
            throw ServiceFailure(
                .failed, "cannot write \(path): \(error); free space or repair permissions, and retry")
        }
    }

    /// Gives a file another name, which must be free, and makes the folders above it.
    ///
    /// - Throws: `ServiceFailure`; the file then keeps its name, unless only the names could not be synchronized.
    func rename(_ path: String, to target: String) throws(ServiceFailure) {
        let folder = absolute(Files.folder(of: target))
        try guardFolders(above: target)
        do throws(SystemCallError) {
            try Files.makeDirectories(folder)
            try Files.move(absolute(path), to: absolute(target), replacing: false)
            try Files.synchronizeDirectory(folder)
            try Files.synchronizeDirectory(absolute(Files.folder(of: path)))
        } catch {
            throw ServiceFailure(
                .failed, "cannot move \(path) to \(target): \(error); repair permissions, and retry")
        }
    }

    /// Removes a file whose text has been written elsewhere.
    ///
    /// - Throws: `ServiceFailure`; the file is still there then, unless only its end could not be synchronized.
    func remove(_ path: String) throws(ServiceFailure) {
        do throws(SystemCallError) {
            try Files.remove(absolute(path))
            try Files.synchronizeDirectory(absolute(Files.folder(of: path)))
        } catch {
            throw ServiceFailure(.failed, "cannot remove \(path): \(error); repair permissions, and retry")
        }
    }

    /// Moves a file into `.trash/`, where it keeps its path; a second one of that path gets a number.
    ///
    /// - Throws: `ServiceFailure`; the file then stays at its place, unless only the names could not be synchronized.
    func discard(_ path: String) throws(ServiceFailure) {
        let target = "\(Self.trash)/\(path)", place = Files.folder(of: target)
        try guardFolders(above: target)
        do throws(SystemCallError) {
            try Files.makeDirectories(absolute(place))
            try moveAside(from: path, to: target)
            try Files.synchronizeDirectory(absolute(place))
            try Files.synchronizeDirectory(absolute(Files.folder(of: path)))
        } catch {
            throw ServiceFailure(
                .failed, "cannot move \(path) to \(place): \(error); repair permissions, and retry")
        }
    }

    private func moveAside(from path: String, to wanted: String) throws(SystemCallError) {
        var target = wanted, number = 1
        while true {
            do throws(SystemCallError) {
                return try Files.move(absolute(path), to: absolute(target), replacing: false)
            } catch {
                guard error.errno == EEXIST else { throw error }
                number += 1
                let end = RecordFormat.of(wanted).fileExtension
                target = "\(wanted.dropLast(end.count)).\(number)\(end)"
            }
        }
    }

    /// Whether everything above a path is a folder: a symbolic link may lead out of the directory.
    func hasOnlyFolders(above path: String) -> Bool { noFolder(above: path) == nil }

    /// Refuses a path with something above it that is not a folder.
    private func guardFolders(above path: String) throws(ServiceFailure) {
        guard let folder = noFolder(above: path) else { return }
        throw ServiceFailure(.invalid, "cannot write \(path): \(folder) is not a folder; choose another id")
    }

    /// The first existing component above a path that is not a folder.
    private func noFolder(above path: String) -> String? {
        var folder = ""
        for component in path.split(separator: "/").dropLast() {
            folder += folder.isEmpty ? String(component) : "/\(component)"
            guard let status = try? Files.linkStatus(absolute(folder)) else { return nil }
            if status.kind != .directory { return folder }
        }
        return nil
    }

    /// Whether the files of a folder may be changed at other machines, of which the kernel says nothing.
    func isRemote(_ folder: String) -> Bool { Files.isRemote(absolute(folder)) }

    private func absolute(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }
}

extension FileStamp {
    fileprivate init(_ status: FileStatus) {
        self.init(
            bytes: status.size, modifiedNanoseconds: status.modifiedNanoseconds,
            changedNanoseconds: status.changedNanoseconds, inode: status.inode,
            nowNanoseconds: Clock.nanosecondsSince1970())
    }
}
