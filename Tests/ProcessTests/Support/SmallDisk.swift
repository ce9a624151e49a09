import Glibc
import LinuxSystem
import Services
import Testing

/// File systems of a few megabytes under directories of a node's home, which fill up. Only the node's processes see
/// them.
struct SmallDisk {
    /// Whether this process may make a mount namespace, in which nothing that is mounted is seen from outside.
    static let canBeMade: Bool = {
        guard let scratch = try? Scratch() else { return false }
        let command = ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", scratch.path]
        return (try? Command("/usr/bin/unshare", command, scratch: scratch).wait().status) == 0
    }()

    /// A command that mounts a file system of its own over each directory and becomes what is put behind it.
    ///
    /// - Parameters:
    ///   - directories: Below the node's home. What is in them is in the new file systems, too.
    ///   - isFull: Whether the file systems are filled to the last byte by a file `ballast` before the node starts.
    static func wrapper(_ node: TestNode, _ directories: [String], megabytes: Int, isFull: Bool = false) -> [String] {
        let ballast = isFull ? "cat /dev/zero 2>&- >\"$1/$directory/ballast\"" : ":"
        let script = """
            for directory in \(directories.joined(separator: " ")); do
                cp -a "$1/$directory" "$1/$directory.copy" || exit
                mount -t tmpfs -o size=\(megabytes)m,mode=755 none "$1/$directory" || exit
                cp -a "$1/$directory.copy/." "$1/$directory" || exit
                rm -r "$1/$directory.copy"
                \(ballast)
            done
            shift
            exec "$@"
            """
        return ["/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh", "-c", script, "sh", node.home]
    }

    /// Where the node's own view of one of its directories is.
    static func path(_ directory: String, of node: TestNode) throws -> String {
        "/proc/\(try #require(node.daemon?.pid))/root\(node.home)/\(directory)"
    }

    /// Fills a file system but for some bytes, by a file `ballast`.
    static func fill(_ directory: String, leaving bytes: Int) throws {
        let file = try Files.open(directory + "/ballast", O_WRONLY | O_CREAT)
        let block = [UInt8](repeating: 0, count: 4_096)
        var count = 0
        while let taken = try? block.withUnsafeBytes({ try file.write($0) }), taken > 0 { count += taken }
        try #require(ftruncate(file.raw, count - bytes) == 0)
    }

    /// Removes the file that fills a file system.
    static func empty(_ directory: String) { unlink(directory + "/ballast") }
}
