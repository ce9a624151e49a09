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

    /// ripgrep when it is there, grep otherwise, without the directory.
    var command: [String] { Files.isExecutable(Self.ripgrep) ? ripgrepCommand : grepCommand }

    /// Where ripgrep is on all systems that have it.
    static let ripgrep = "/usr/bin/rg"

    /// Both print the file, a NUL, the number and the line, and follow no symbolic links below the directory.
    var ripgrepCommand: [String] {
        [
            Self.ripgrep, "--no-config", "--line-number", "--null", "--no-heading", "--with-filename", "--color",
            "never", "--hidden", "--no-ignore", "--no-messages", "--sort", "path", "-e", pattern, "--",
        ]
    }

    /// The same with what every system has.
    var grepCommand: [String] { ["/usr/bin/grep", "-rnsIZHE", "-e", pattern, "--"] }

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

    /// Each line as it is told, without those of files that the agent may not read. A name may hold anything but NUL,
    /// also line feeds: it reaches from the end of a line to its NUL.
    private func lines(of text: String) -> [String] {
        var rest = text.utf8[...], lines: [String] = []
        while let end = rest.firstIndex(of: 0) {
            let name = String(Substring(rest[..<end]))
            let found = rest[rest.index(after: end)...].prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[found.endIndex...].dropFirst()
            // What is no name as it stands may be the rest of one whose beginning was left out.
            guard let path = FilePath(name), path.description == name,
                grants.contains(where: { $0.covers(.file(path)) })
            else { continue }
            let line = Substring(found), shown = name.map { $0.isNewline ? "?" : $0 }
            lines.append("\(String(shown)):" + line.prefix(Self.lineMax) + (line.count > Self.lineMax ? " …" : ""))
        }
        return lines
    }
}
