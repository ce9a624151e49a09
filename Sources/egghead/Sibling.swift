import Glibc
import LinuxSystem
import Runtime

/// The executables in the directory of this one.
enum Sibling {
    /// Replaces this process by another executable of the directory.
    ///
    /// - Parameters:
    ///   - name: The file name of the executable.
    ///   - home: The value of `--home` for it; left out if nil.
    /// - Throws: `CommandFailure` if it cannot be executed.
    static func execute(_ name: String, home: String?) throws -> Never {
        let path = Files.split(try CurrentProcess.executablePath()).directory + "/" + name
        let words: [String] = [name] + (home.map { ["--home", $0] } ?? [])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execv(path, &arguments)
        let answer = String(cString: strerror(errno))
        throw CommandFailure(
            .failure, "starting \(path): \(answer); build or install all of Egghead's executables together")
    }
}
