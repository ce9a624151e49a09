import LinuxSystem
import Sandboxes
import Services

/// What the model is told of a program that has ended.
struct ProgramOutcome {
    /// How it ended.
    let ending: SandboxedProcess.Ending
    /// What it has printed.
    let output: CollectedOutput
    /// How long it might have taken, in seconds.
    let seconds: Int

    /// The outcome. A program that ran was run, whatever its status.
    var outcome: ToolOutcome {
        if case .failed(let reason)? = ending.reply { return ToolOutcome(.failed, reason) }
        guard ending.hasBegun else {
            if ending.isStopped { return ToolOutcome(.failed, "it was stopped before it began") }
            return ToolOutcome(.failed, "there is no sandbox: \(output.lastLine)")
        }
        guard !ending.refusedHosts.isEmpty else { return ToolOutcome(.done, "[\(end)]\n\(output.text)") }
        let refused = ending.refusedHosts.map { "the network refused: \($0)" }.joined(separator: "; ")
        return ToolOutcome(
            .done, "[\(end); \(refused)]\n\(output.text)", denial: .scopeViolation, deniedPart: refused)
    }

    /// The outcome where the program was ours, and has read a page or says on its last line why not.
    var page: ToolOutcome {
        guard outcome.status == .done else { return ToolOutcome(.failed, "web_fetch: \(outcome.text)") }
        switch ending.status {
        case .exited(code: 0) where intervention == nil: return ToolOutcome(.done, output.text)
        case .exited(code: 1) where intervention == nil:
            let denial: DenialCode? = ending.refusedHosts.isEmpty ? nil : .scopeViolation
            return ToolOutcome(denial == nil ? .failed : .denied, "web_fetch: \(output.lastLine)", denial: denial)
        case _: return ToolOutcome(.failed, "web_fetch: \(end)")
        }
    }

    /// Why it was ended; nil when it ended by itself.
    private var intervention: String? {
        if ending.isStopped { return "stopped, since its turn has ended" }
        if ending.isOverdue { return "ended because it took longer than \(seconds) s" }
        if ending.hasTooManyTasks { return "ended because it had more than \(CallCgroups.tasksMax) processes" }
        if let shortage = ending.diskShortage { return "ended because \(shortage)" }
        if ending.isOutOfMemory {
            return "ended because it needed more memory than \(CallCgroups.memoryBytesMax >> 20) MiB"
        }
        return nil
    }

    private var end: String { intervention ?? ending.status.ofSandbox }
}
