import Capabilities
import LinuxSystem
import Services

/// A search of files: the program that does it, and what of its lines the agent may see.
struct FileSearch {
    /// A regular expression.
    let pattern: String
    /// Where it searches.
    let directory: FilePath
    /// What the agent may read.
    let grants: [Grant]

    /// The most lines that are told.
    private static let linesMax = 200
    /// The longest line, in characters.
    private static let lineMax = 300

    /// ripgrep when it is there, grep otherwise. Both print the file, a NUL, the number and the line, and follow no
    /// symbolic links.
    var command: [String] {
        let ripgrep = "/usr/bin/rg"
        if Files.isExecutable(ripgrep) {
            return [
                ripgrep, "--no-config", "--line-number", "--null", "--no-heading", "--with-filename", "--color",
                "never",
                "--hidden", "--no-ignore", "--no-messages", "--sort", "path", "-e", pattern, "--",
                directory.description,
            ]
        }
        return ["/usr/bin/grep", "-rnsIZHE", "-e", pattern, "--", directory.description]
    }

    /// What the model is told.
    func outcome(of ending: SandboxedProcess.Ending, output: CollectedOutput) -> ToolOutcome {
        if case .failed(let reason)? = ending.reply { return ToolOutcome(.failed, "fs_grep: \(reason)") }
        let lines = lines(of: output.text)
        if lines.isEmpty {
            // Files that cannot be read are passed over in silence, so what is said is about the pattern.
            if case .exited(code: 2) = ending.status, let words = output.text.split(separator: "\n").last {
                return ToolOutcome(.failed, "fs_grep: \(words.prefix(300))")
            }
            return ToolOutcome(.done, "No line of \(directory) that you may read matches.")
        }
        let more = lines.count > Self.linesMax || ending.isOverdue || output.isCut
        return ToolOutcome(
            .done, lines.prefix(Self.linesMax).joined(separator: "\n") + (more ? "\n[There are more.]" : ""))
    }

    private func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { (line: Substring) -> String? in
            guard let end = line.firstIndex(of: "\0"), let path = FilePath(String(line[..<end])),
                grants.contains(where: { $0.covers(.file(path)) })
            else { return nil }
            let rest = String(line[line.index(after: end)...])
            return "\(path):" + rest.prefix(Self.lineMax) + (rest.count > Self.lineMax ? " …" : "")
        }
    }
}
