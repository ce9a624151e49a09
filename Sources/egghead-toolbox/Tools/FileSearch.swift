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

    /// ripgrep when it is there, grep otherwise, without the directory. Both print the file, a NUL, the number and the
    /// line, and follow no symbolic links below it.
    var command: [String] {
        let ripgrep = "/usr/bin/rg"
        if Files.isExecutable(ripgrep) {
            return [
                ripgrep, "--no-config", "--line-number", "--null", "--no-heading", "--with-filename", "--color",
                "never",
                "--hidden", "--no-ignore", "--no-messages", "--sort", "path", "-e", pattern, "--",
            ]
        }
        return ["/usr/bin/grep", "-rnsIZHE", "-e", pattern, "--"]
    }

    /// What the model is told.
    func outcome(of ending: SandboxedProcess.Ending, output: CollectedOutput) -> ToolOutcome {
        switch ending.reply {
        case .failed(let reason)?: return ToolOutcome(.failed, "fs_grep: \(reason)")
        case .outside(let place)?:
            let text = "fs_grep: \(directory) leads to \(place), which the record does not grant"
            return ToolOutcome(.denied, text, denial: .scopeViolation)
        case .done?, .begun?, nil: break
        }
        guard ending.hasBegun else { return ToolOutcome(.failed, "fs_grep: there is no sandbox: \(output.lastLine)") }
        let lines = lines(of: output.text)
        if lines.isEmpty {
            // Files that cannot be read are passed over in silence, so what is said is about the pattern.
            if case .exited(code: 2) = ending.status, let words = output.text.split(separator: "\n").last {
                return ToolOutcome(.failed, "fs_grep: \(words.prefix(300))")
            }
            let isWhole = !output.isCut && !ending.isOverdue
            return ToolOutcome(
                .done,
                isWhole
                    ? "No line of \(directory) that you may read matches."
                    : "None of the first lines that match may be read; search a smaller directory.")
        }
        let more = lines.count > Self.linesMax || ending.isOverdue || output.isCut
        return ToolOutcome(
            .done, lines.prefix(Self.linesMax).joined(separator: "\n") + (more ? "\n[There are more.]" : ""))
    }

    private func lines(of text: String) -> [String] {
        // Only a line feed ends a line; others that look so are characters of it.
        text.utf8.split(separator: UInt8(ascii: "\n")).map { Substring($0) }.compactMap { line -> String? in
            guard let end = line.firstIndex(of: "\0"), let path = FilePath(String(line[..<end])),
                grants.contains(where: { $0.covers(.file(path)) })
            else { return nil }
            let rest = String(line[line.index(after: end)...])
            return "\(path):" + rest.prefix(Self.lineMax) + (rest.count > Self.lineMax ? " …" : "")
        }
    }
}
