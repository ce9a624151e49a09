import Glibc
import LinuxSystem
import Runtime
import Services

/// Runs the editor of a person on a private copy of a text.
enum Editor {
    /// The longest text that is read back, in bytes.
    static let textBytesMax = 1_000_000

    /// Lets a person edit a text in `$VISUAL`, `$EDITOR` or vi.
    ///
    /// - Parameters:
    ///   - name: The name of the file, from which the editor derives the file type.
    /// - Returns: The text that the editor has saved.
    /// - Throws: `CommandFailure` if the editor cannot be run or its status is not 0.
    static func edit(_ text: String, named name: String) throws -> String {
        let directory = try makeDirectory(), path = "\(directory)/\(name)"
        defer {
            try? Files.remove(path)
            rmdir(directory)
        }
        try Files.replace(path, with: Array(text.utf8), mode: 0o600)
        let editor = CurrentProcess.environment("VISUAL") ?? CurrentProcess.environment("EDITOR") ?? "vi"
        // The variable may contain arguments, as it may for git and crontab.
        guard run(["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path]) == 0 else {
            throw CommandFailure(.failure, "\(editor) \(path) failed; nothing was changed")
        }
        return String(decoding: try Files.read(path, limit: textBytesMax), as: UTF8.self)
    }

    /// Does something with a text that a person has written. If it fails, the text is saved to a file, and the failure
    /// names the file.
    ///
    /// - Parameter isKept: Whether the text is saved after a failure.
    static func keeping<Reply>(_ text: String, ifRefused isKept: Bool, _ body: () throws -> Reply) throws -> Reply {
        do {
            return try body()
        } catch {
            guard isKept, let directory = try? makeDirectory() else { throw error }
            let path = "\(directory)/text.md", failure = CommandFailure(error)
            try Files.replace(path, with: Array(text.utf8), mode: 0o600)
            throw CommandFailure(
                failure?.status ?? .failure, "\(failure?.message ?? "\(error)"); your text is in \(path)")
        }
    }

    private static func makeDirectory() throws -> String {
        try PrivateDirectory.makeTemporary(in: CurrentProcess.environment("TMPDIR") ?? "/tmp", named: "egghead")
    }

    /// - Returns: The wait status; -1 if the program could not be started.
    private static func run(_ words: [String]) -> Int32 {
        let arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0, status: Int32 = -1
        guard posix_spawn(&pid, words[0], nil, nil, arguments, environ) == 0 else { return -1 }
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
