import Glibc
import LinuxSystem
import Runtime

/// The executables in the directory of this one.
enum Sibling {
    private static func path(_ name: String) throws -> String {
        Files.split(try CurrentProcess.executablePath()).directory + "/" + name
    }

    /// Runs another executable of the directory to its end.
    ///
    /// - Parameters:
    ///   - words: The file name of the executable, and its arguments.
    ///   - seconds: When it is ended.
    /// - Returns: What it has printed, at most what a pipe holds.
    /// - Throws: `SystemCallError` if it cannot be executed.
    static func output(_ words: [String], seconds: Int) throws -> String {
        let (output, end) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        var plan = SpawnPlan(executable: try path(words[0]), arguments: words, environment: ["PATH=/usr/bin:/bin"])
        plan.standardError = end.raw
        let child = try ChildHandle(spawning: plan)
        var poller = pollfd(fd: child.pidfd.raw, events: Int16(POLLIN), revents: 0)
        while poll(&poller, 1, Int32(seconds * 1_000)) < 0, errno == EINTR {}
        child.signalGroup(.kill)
        _ = child.reap()  // how it ended is told by what it has printed
        let buffer = try [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = try output.read(into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
        }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Replaces this process by another executable of the directory.
    ///
    /// - Parameters:
    ///   - name: The file name of the executable.
    ///   - home: The value of `--home` for it; left out if nil.
    /// - Throws: `CommandFailure` if it cannot be executed.
    static func execute(_ name: String, home: String?) throws -> Never {
        let path = try path(name)
        let words: [String] = [name] + (home.map { ["--home", $0] } ?? [])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execv(path, &arguments)
        let answer = String(cString: strerror(errno))
        throw CommandFailure(
            .failure, "starting \(path): \(answer); build or install all of Egghead's executables together")
    }
}
