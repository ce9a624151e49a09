import Rooms
import Services

/// The text of the record that an agent leaves to its successor: the note, then every session whole.
///
/// Whatever people, models and notes have said stands in block quotes, so that none of it can pass for the record's own
/// structure.
///
///     # Hand-off of scout
///     ## Note
///     > …
///     ## Session in lobby
///     ### Event 12: user:ann asked
///     > …
///     #### Passages
///     > [[id]] …
///     #### Called get_record
///     > {"id":"…"}
///     #### Outcome: done
///     > …
///     #### Answered
///     > …
struct Deliberation: Hashable {
    /// The agent's title.
    var title: String
    /// Why it hands off, in words.
    var reason: String
    /// The model's note; nil when it could not write one.
    var note: String?
    /// The sessions, in the order in which they began.
    var sessions: [Session]

    private static let noteHeading = "## Note"
    private static let noNote = "The model could not write a note; what follows is all there is."

    /// The whole text, within a bound: when it is longer, the oldest turns of the longest session are left out, and the
    /// text says so. A note longer than a quarter of it is cut.
    func body(bytesMax: Int = AgentLimits.deliberationBytesMax) -> String {
        let head =
            "# Hand-off of \(title)\n\n\(reason)\n\n\(Self.noteHeading)\n\n"
            + (note.map { GroundedAnswer.blockQuote(String(cut: $0, to: bytesMax / 4)) } ?? Self.noNote)
        var turns = sessions.map { $0.ended.map(Self.text) }, leftOut = sessions.map { _ in 0 }
        var bytes = head.utf8.count + sessions.count * 200 + turns.joined().reduce(0) { $0 + $1.utf8.count + 2 }
        while bytes > bytesMax, let longest = turns.indices.max(by: { turns[$0].count < turns[$1].count }),
            !turns[longest].isEmpty
        {
            bytes -= turns[longest].removeFirst().utf8.count + 2
            leftOut[longest] += 1
        }
        let parts = sessions.indices.map { index in
            let gap = leftOut[index] == 0 ? [] : ["\(leftOut[index]) older turns are in the room's transcript alone."]
            return (["## Session in \(sessions[index].room)"] + gap + turns[index]).joined(separator: "\n\n")
        }
        return String(cut: ([head] + parts).joined(separator: "\n\n"), to: bytesMax - 1) + "\n"
    }

    /// The note in such a text; nil when there is none.
    static func note(in body: String) -> String? {
        let lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let heading = lines.firstIndex(of: noteHeading[...]) else { return nil }
        let quoted = lines[(heading + 1)...].drop(while: \.isEmpty).prefix { $0.hasPrefix(">") }
        let text = quoted.map { $0.dropFirst($0.hasPrefix("> ") ? 2 : 1) }.joined(separator: "\n")
        return text.isEmpty ? nil : text
    }

    private static func text(_ turn: EndedTurn) -> String {
        var parts = ["### Event \(turn.number): \(turn.from) asked", GroundedAnswer.blockQuote(turn.question)]
        if !turn.passages.isEmpty {
            parts += ["#### Passages", GroundedAnswer.blockQuote(GroundedAnswer.quote(turn.passages))]
        }
        for exchange in turn.exchanges {
            if !exchange.said.isEmpty { parts += ["#### Said", GroundedAnswer.blockQuote(exchange.said)] }
            for made in exchange.calls {
                parts += ["#### Called \(made.call.name)", GroundedAnswer.blockQuote(made.call.arguments)]
                let outcome = made.outcome ?? ToolOutcome(.unknown, "")
                parts += ["#### Outcome: \(outcome.status.rawValue)", GroundedAnswer.blockQuote(outcome.text)]
            }
        }
        switch turn.outcome {
        case .answered: parts += ["#### Answered", GroundedAnswer.blockQuote(turn.text)]
        case .passed: parts += ["#### Passed"]
        case .failed: parts += ["#### Failed", GroundedAnswer.blockQuote(turn.text)]
        }
        return parts.joined(separator: "\n\n")
    }
}
