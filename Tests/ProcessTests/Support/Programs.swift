import Glibc
import LinuxSystem
import Testing

/// All executables of this build, with another program as the agent's and the real one beside it.
final class Programs {
    let path = "\(Built.directory)/hostile-\(getpid())"

    /// A directory of programs.
    ///
    /// - Parameter agent: The path of what stands for `egghead-agent`; the real one is `egghead-agent-real`.
    init(agent: String) throws {
        try Files.makeDirectories(path)
        for name in try Files.list(Built.directory) where name.hasPrefix("egghead") && !name.contains(".") {
            guard try Files.status("\(Built.directory)/\(name)").kind == .file else { continue }
            let target = name == "egghead-agent" ? "egghead-agent-real" : name
            try #require(link("\(Built.directory)/\(name)", "\(path)/\(target)") == 0, "\(name)")
        }
        try Files.replace("\(path)/egghead-agent", with: Files.read(agent, limit: 1 << 28))
        try #require(chmod("\(path)/egghead-agent", 0o755) == 0)
    }

    deinit {
        for name in (try? Files.list(path)) ?? [] { try? Files.remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Waits for a file that the program writes.
    func wait(for name: String) throws -> [UInt8] {
        try #require(waits(for: 90) { (try? Files.status("\(path)/\(name)")) != nil }, "no \(name)")
        return try Files.read("\(path)/\(name)", limit: 1 << 22)
    }
}
