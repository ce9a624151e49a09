import Capabilities
import Glibc
import LinuxSystem
import Sandbox
import Services

/// Works on files inside a sandbox, within what the grants of a permission take in.
struct FileWork {
    /// What is done, all of it.
    let permissions: [Permission]
    /// Where it may be done.
    let grants: [Grant]

    /// The longest text of a file that is edited, in bytes; also of one that is written.
    static let textBytesMax = 4 << 20
    /// The most names of a directory that are told.
    private static let namesMax = 1_000

    /// Does something.
    ///
    /// - Returns: What the model is told.
    func perform(_ operation: FileOperation) throws(HelperFailure) -> String {
        switch operation {
        case .list(let path): try list(path)
        case .read(let path, let from, let lines): try read(path, from, lines)
        case .text(let path): try text(path)
        case .write(let path, let text): try write(path, text)
        case .edit(let path, let old, let new): try edit(path, old, new)
        case .delete(let path): try delete(path)
        }
    }

    // MARK: Reading

    private func list(_ path: String) throws(HelperFailure) -> String {
        let (directory, place) = try openedDirectory(path)
        let names = try on(path) { () throws(SystemCallError) in try Files.list(directory.linkPath) }
        var lines: [String] = []
        for name in names.sorted() {
            guard let status = try? Files.linkStatus("\(directory.linkPath)/\(name)") else { continue }
            let isSeen = FilePath(name, in: place).map { status.kind == .directory || allows($0) } ?? false
            if isSeen { lines.append(Self.line(name, status)) }
        }
        if lines.isEmpty { return "\(place) holds nothing that you may see." }
        let more = lines.count - Self.namesMax
        return lines.prefix(Self.namesMax).joined(separator: "\n") + (more > 0 ? "\n[and \(more) more]" : "")
    }

    /// Where a directory is.
    func place(of path: String) throws(HelperFailure) -> FilePath { try openedDirectory(path).1 }

    private func openedDirectory(_ path: String) throws(HelperFailure) -> (SharedDescriptor, FilePath) {
        let (directory, place) = try opened(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK)
        guard grants.contains(where: { permissions.contains($0.permission) && $0.covers(.directory(place)) }) else {
            throw HelperFailure(outside: place.description)
        }
        return (directory, place)
    }

    private static func line(_ name: String, _ status: FileStatus) -> String {
        // A name may hold anything but NUL and slash; a line is one entry.
        let name = name.map { $0.isNewline ? "?" : String($0) }.joined()
        switch status.kind {
        case .directory: return "\(name)/"
        case .file: return "\(name)  \(status.size) bytes"
        case .symbolicLink: return "\(name)  symbolic link"
        case _: return "\(name)  neither file nor directory"
        }
    }

    private func read(_ path: String, _ from: Int, _ count: Int) throws(HelperFailure) -> String {
        let (file, place) = try openedFile(path)
        let lines = FileLines(file: file, from: from, count: count)
        return try on(place.description) { () throws(SystemCallError) in try lines.text(of: place.description) }
    }

    private func text(_ path: String) throws(HelperFailure) -> String {
        let target = try target(path)
        if (try? Files.status(target.path)) == nil { throw HelperFailure("there is no such file") }
        return try text(of: target, named: path, bytesMax: FileLines.bytesMax)
    }

    private func text(of target: Target, named path: String, bytesMax: Int) throws(HelperFailure) -> String {
        let (file, _) = try openedFile(target.path, named: target.place.description)
        let bytes = try on(path) { () throws(SystemCallError) in try file.read(at: 0, bytesMax: bytesMax + 1) }
        guard bytes.count <= bytesMax, let text = String(validating: bytes, as: UTF8.self) else {
            let bound = bytesMax < 1 << 20 ? "\(bytesMax >> 10) KiB" : "\(bytesMax >> 20) MiB"
            throw HelperFailure("\(path) is no text of at most \(bound)")
        }
        return text
    }

    // MARK: Writing

    private func write(_ path: String, _ text: String) throws(HelperFailure) -> String {
        let target = try target(path)
        let exists = (try? Files.status(target.path)) != nil
        try replace(target, with: text)
        return "\(exists ? "Replaced" : "Wrote") \(target.place): \(text.utf8.count) bytes."
    }

    private func edit(_ path: String, _ old: String, _ new: String) throws(HelperFailure) -> String {
        let target = try target(path)
        let text = try text(of: target, named: path, bytesMax: Self.textBytesMax)
        switch PassageSearch.only(old, in: text) {
        case .one(let place): try replace(target, with: text[..<place.lowerBound] + new + text[place.upperBound...])
        case .none:
            throw HelperFailure("the text to replace is not in \(path); read it again")
        case .several:
            throw HelperFailure(
                "the text to replace is more than once in \(path); give a longer one that is there once")
        }
        return "Edited \(target.place)."
    }

    private func delete(_ path: String) throws(HelperFailure) -> String {
        // What is deleted is the name, so the name itself is not followed.
        let target = try target(path, followsLast: false)
        let status = try on(path) { () throws(SystemCallError) in try Files.linkStatus(target.path) }
        try on(path) { () throws(SystemCallError) in
            if status.kind == .directory {
                try Files.removeDirectory(target.path)
            } else {
                try Files.remove(target.path)
            }
        }
        return "Deleted \(target.place)."
    }

    private func replace(_ target: Target, with text: String) throws(HelperFailure) {
        if text.utf8.count > Self.textBytesMax {
            throw HelperFailure("\(target.place): a text has at most \(Self.textBytesMax >> 20) MiB")
        }
        let mode = (try? Files.status(target.path))?.permissions ?? 0o644
        try on(target.place.description) { () throws(SystemCallError) in
            // Every helper is the same process of its namespace, so its number makes no name of its own.
            let temporary = "\(target.directory.linkPath)/.egghead-\(UInt64.random(in: .min ... .max))"
            try Files.replace(temporary, with: Array(text.utf8), mode: mode)
            do throws(SystemCallError) {
                try Files.setMode(of: temporary, to: mode)
                try Files.move(temporary, to: target.path, replacing: true)
                try Files.synchronizeDirectory(target.directory.linkPath)
            } catch {
                try? Files.remove(temporary)
                throw error
            }
        }
    }

    // MARK: What a path leads to

    /// A name in a directory that is open, so that the name is of this directory whatever becomes of its path.
    private struct Target {
        let directory: SharedDescriptor
        let place: FilePath
        /// By way of the open directory.
        let path: String
    }

    /// - Parameter followsLast: Whether a path that is a symbolic link means what it leads to.
    private func target(_ path: String, followsLast: Bool = true) throws(HelperFailure) -> Target {
        var path = path
        if followsLast, (try? Files.linkStatus(path))?.kind == .symbolicLink {
            path = try on(path) { () throws(SystemCallError) in try Files.resolved(path) }
        }
        let (above, name) = Files.split(path)
        let (directory, place) = try opened(above.isEmpty ? "/" : above, nil)
        guard let full = FilePath(name, in: place), !name.isEmpty, full != place, allows(full) else {
            throw HelperFailure(outside: "\(place)/\(name)")
        }
        let target = Target(directory: directory, place: full, path: "\(directory.linkPath)/\(name)")
        // The link was resolved above; what is one now has been put there since.
        if followsLast, (try? Files.linkStatus(target.path))?.kind == .symbolicLink {
            throw HelperFailure(outside: full.description)
        }
        return target
    }

    /// - Parameter name: What the file is called in a failure, where the path is one by way of a descriptor.
    private func openedFile(
        _ path: String, named name: String? = nil
    ) throws(HelperFailure) -> (SharedDescriptor, FilePath) {
        let name = name ?? path
        let (file, place) = try opened(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, named: name)
        guard allows(place) else { throw HelperFailure(outside: place.description) }
        let status = try on(name) { () throws(SystemCallError) in try Files.status(file.linkPath) }
        if status.kind == .directory { throw HelperFailure("\(name) is a directory; list it") }
        if status.kind != .file { throw HelperFailure("\(name) is no file with a content") }
        return (file, place)
    }

    /// Opens what a path leads to.
    ///
    /// - Parameter flags: Those of open(2); nil for a directory as a place alone.
    /// - Returns: The descriptor, and where it is now.
    private func opened(
        _ path: String, _ flags: CInt?, named name: String? = nil
    ) throws(HelperFailure) -> (SharedDescriptor, FilePath) {
        let descriptor = try on(name ?? path) { () throws(SystemCallError) in
            if let flags {
                SharedDescriptor(try Files.open(path, flags))
            } else {
                SharedDescriptor(try Files.openPlace(path))
            }
        }
        let found = try on(name ?? path) { () throws(SystemCallError) in
            try CurrentProcess.resolve(descriptor.linkPath)
        }
        guard let place = FilePath(found) else { throw HelperFailure(outside: found) }
        return (descriptor, place)
    }

    private func allows(_ path: FilePath) -> Bool {
        permissions.allSatisfy { permission in
            grants.contains { $0.permission == permission && $0.covers(.file(path)) }
        }
    }

    private func on<Value>(
        _ path: String, _ body: () throws(SystemCallError) -> Value
    ) throws(HelperFailure) -> Value {
        do throws(SystemCallError) { return try body() } catch { throw HelperFailure(error, on: path) }
    }
}
