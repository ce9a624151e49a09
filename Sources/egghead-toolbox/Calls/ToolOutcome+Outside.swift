import Capabilities
import Services

extension ToolOutcome {
    /// The outcome with its text between two marks, when it is one from outside.
    ///
    /// - Parameter mark: Letters and digits that nobody can guess.
    func marked(by mark: String) -> ToolOutcome {
        guard status == .done else { return self }
        var marked = self
        marked.text = OutsideText.marked(text, by: mark)
        return marked
    }

    /// A mark for one call.
    static func mark() -> String {
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Tool {
    /// Whether what it returns was written by whoever has written a file, a page or a program, or by an agent that may
    /// have read one.
    var returnsForeignText: Bool {
        serverTool != nil
            || needs.contains {
                [.readFiles, .execute, .evaluate, .getFromHosts, .promptAgents].contains($0.permission)
            }
    }
}
