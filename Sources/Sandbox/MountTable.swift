import Capabilities

/// The mounts of the machine, as far as they say what a directory shows.
///
/// A directory that is bound into a sandbox brings along whatever is mounted below it: the node's own directory by
/// another name, or a file system of the kernel's, such as the `/proc` of a chroot.
///
/// See: proc(5) /proc/pid/mountinfo
public struct MountTable: Sendable {
    private struct Mount {
        /// The file system, and which directory of it is mounted; nil where that is no directory, as of namespaces.
        var place: Place?
        /// Where.
        var point: FilePath
        /// What kind of file system it is.
        var kind: Substring
    }

    /// A directory or file, whatever its names are.
    private struct Place {
        var device: Substring, path: FilePath

        /// Whether one of two shows the other.
        func overlaps(_ other: Place) -> Bool {
            device == other.device && (path.contains(other.path) || other.path.contains(path))
        }
    }

    private let mounts: [Mount]

    /// The table in the kernel's words; a line that is not one of its own says nothing.
    public init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 6, let separator = words[6...].firstIndex(of: "-"), separator + 1 < words.count,
                let point = FilePath(Self.unescaped(words[4]))
            else { return nil }
            let place = FilePath(Self.unescaped(words[3])).map { Place(device: words[2], path: $0) }
            return Mount(place: place, point: point, kind: words[separator + 1])
        }
    }

    /// Why a directory shows what no agent has, in words that follow its name; nil when it does not.
    ///
    /// - Parameter reserved: The node's own directories and files, by their resolved paths.
    public func problem(of directory: FilePath, reserved: [FilePath]) -> String? {
        let below = mounts.filter { directory.contains($0.point) }
        if let problem = problem(of: below) { return problem }
        guard let place = place(of: directory) else { return "is on no mount that this machine tells of" }
        return problem(of: below.map { ($0.place, $0.point) } + [(place, directory)], reserved: reserved)
    }

    /// Why a directory that every sandbox has shows more than its own files, by what is mounted below it. Places where
    /// the node's own is are hidden there.
    public func problem(below directory: FilePath, reserved: [FilePath]) -> String? {
        let below = mounts.filter { mount in
            directory != mount.point && directory.contains(mount.point)
                && !reserved.contains { $0.contains(mount.point) }
        }
        return problem(of: below) ?? problem(of: below.map { ($0.place, $0.point) }, reserved: reserved)
    }

    private func problem(of mounts: [Mount]) -> String? {
        mounts.first { Self.kernelKinds.contains($0.kind) }.map {
            "has the kernel's \($0.kind) mounted at \($0.point)"
        }
    }

    private func problem(of shown: [(place: Place?, point: FilePath)], reserved: [FilePath]) -> String? {
        for own in reserved {
            guard let place = place(of: own) else {
                return "cannot be told from the node's own \(own), which is on no mount that this machine tells of"
            }
            if let (_, point) = shown.first(where: { $0.place?.overlaps(place) == true }) {
                return "shows the node's own \(own), by a mount at \(point)"
            }
        }
        return nil
    }

    /// Whether a path is on a file system that another machine or a program answers for: whoever asks it something
    /// may wait for ever.
    public func isElsewhere(_ path: FilePath) -> Bool {
        mount(of: path).map { $0.kind.hasPrefix("fuse") || Self.networkKinds.contains($0.kind) } ?? true
    }

    /// The newest of the mounts that are nearest above a path shows it.
    private func mount(of path: FilePath) -> Mount? {
        let above = mounts.filter { $0.point.contains(path) }
        let nearest = above.map(\.point.description.utf8.count).max()
        return above.last { $0.point.description.utf8.count == nearest }
    }

    /// What a path is.
    private func place(of path: FilePath) -> Place? {
        guard let mount = mount(of: path), let place = mount.place, let rest = mount.point.relative(path)
        else { return nil }
        return FilePath(rest.isEmpty ? "." : rest, in: place.path).map { Place(device: place.device, path: $0) }
    }

    /// Blanks and backslashes stand there as three octal digits.
    private static func unescaped(_ word: Substring) -> String {
        var bytes: [UInt8] = [], rest = word.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(Substring(digits), radix: 8) {
                bytes.append(code)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let networkKinds: Set<Substring> = [
        "9p", "afs", "autofs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "nfs", "nfs4", "ocfs2", "smb3",
    ]

    /// What shows the machine itself, and no files of anybody.
    private static let kernelKinds: Set<Substring> = [
        "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
        "fusectl", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
    ]
}
