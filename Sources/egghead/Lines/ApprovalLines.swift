import Services
import Terminal

/// What agents ask a person's yes for, as people read it.
enum ApprovalLines {
    /// The requests, a line each.
    static func list(_ requests: [ApprovalRequest]) -> [String] {
        if requests.isEmpty { return ["No agent waits for an answer."] }
        let rows = requests.map { request in
            [
                "\(request.number)", "agent:\(request.agent)", "\(request.turn.room)", request.askedAt,
                SafeText.line(request.summary),
            ]
        }
        return TextTable.lines([["REQUEST", "AGENT", "ROOM", "SINCE", "WHAT"]] + rows, .byBlock)
    }

    /// All of a request.
    static func whole(_ request: ApprovalRequest) -> [String] {
        var lines = ["Request \(request.number): agent:\(request.agent) asks to \(request.summary)"]
        lines += request.details.map { "| " + $0 }
        if let reason = request.reason { lines.append("It says: \(reason)") }
        lines.append(
            "In room \(request.turn.room) since \(request.askedAt), denied \(request.timeoutSeconds) s after that.")
        return lines.map(SafeText.line)
    }

    /// What was approved, and what the agent's record grants from now on.
    static func approved(_ reply: Toolbox.Approve.Reply) -> [String] {
        var lines = ["agent:\(reply.agent) may \(reply.summary)"]
        lines += reply.granted.map { "Its record grants from now on: \($0)" }
        return lines.map(SafeText.line)
    }
}
