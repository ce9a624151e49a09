import Capabilities

/// The mounts of the machine, as far as they say what a directory shows.
///
/// A directory that is bound into a sandbox brings along whatever is mounted below it: the node's own directory by
/// another name, or a file system of the kernel's, such as the `/proc` of a chroot.
///
/// See: proc(5) /proc/pid/mountinfo
public struct MountTable: Sendable {
    private struct Mount {
        /// The file system, and which directory of it is mounted.
        var place: Place
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
                let root = FilePath(Self.unescaped(words[3])), let point = FilePath(Self.unescaped(words[4]))
            else { return nil }
            return Mount(place: Place(device: words[2], path: root), point: point, kind: words[separator + 1])
        }
    }

    /// Why a directory shows what no agent has, in words that follow its name; nil when it does not.
    ///
    /// - Parameter reserved: The node's own directories and files, by their resolved paths.
    public func problem(of directory: FilePath, reserved: [FilePath]) -> String? {
        let below = mounts.filter { directory.contains($0.point) }
        if let mount = below.first(where: { Self.kernelKinds.contains($0.kind) }) {
            return "has the kernel's \(mount.kind) mounted at \(mount.point)"
        }
        let shown = below.map { ($0.place, $0.point) } + (place(of: directory).map { [($0, directory)] } ?? [])
        for own in reserved {
            guard let place = place(of: own) else { continue }
            if let (_, point) = shown.first(where: { $0.0.overlaps(place) }) {
                return "shows the node's own \(own), by a mount at \(point)"
            }
        }
        return nil
    }

    /// What a path is: the newest of the mounts that are nearest above it shows it.
    private func place(of path: FilePath) -> Place? {
        let above = mounts.filter { $0.point.contains(path) }
        guard let nearest = above.map(\.point.description.utf8.count).max(),
            let mount = above.last(where: { $0.point.description.utf8.count == nearest }),
            let rest = mount.point.relative(path)
        else { return nil }
        return FilePath(rest.isEmpty ? "." : rest, in: mount.place.path).map {
            Place(device: mount.place.device, path: $0)
        }
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

    /// What shows the machine itself, and no files of anybody.
    private static let kernelKinds: Set<Substring> = [
        "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
        "fusectl", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
    ]
}
