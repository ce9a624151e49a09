import Rooms
import Services

/// The text of the record that an agent leaves to its successor: the note, then the session whole.
///
/// Whatever people, models and notes have said stands in block quotes, so that none of it can pass for the record's own
/// structure. A session too long for one record has older parts, which begin with its first turn.
///
///     # Hand-off of scout in lobby
///     ## Note
///     > …
///     ## Session
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
    /// Why it hands off, in words.
    var reason: String
    /// The model's note; nil when it could not write one.
    var note: String?
    /// The session.
    var session: Session

    private static let noteHeading = "## Note"
    private static let noNote = "The model could not write a note; what follows is all there is."

    /// Some lines of a turn, as many as fit into a part.
    private struct Piece {
        var text: String
        var beginsTurn: Bool

        var bytes: Int { text.utf8.count + 2 }
    }

    /// The texts of the records, each within a bound: the older parts of the session in their order, and last the one
    /// with the note and the newest turns. A note longer than a quarter of it is cut.
    func parts(bytesMax: Int = AgentLimits.deliberationBytesMax) -> [String] {
        let note = note.map { GroundedAnswer.blockQuote(String(cut: $0, to: bytesMax / 4)) } ?? Self.noNote
        let head = "# \(title)\n\n\(reason)\n\n\(Self.noteHeading)\n\n\(note)"
        let space = bytesMax - max(head.utf8.count, title.utf8.count) - 300
        var groups: [[Piece]] = [[]], bytes = 0
        for piece in pieces(bytesMax: max(1, space)).reversed() {
            if bytes + piece.bytes > space, !groups[0].isEmpty {
                groups.insert([], at: 0)
                bytes = 0
            }
            groups[0].insert(piece, at: 0)
            bytes += piece.bytes
        }
        return groups.indices.map { index in
            let turns = groups[index].reduce(into: "") { text, piece in
                text += (text.isEmpty ? "" : piece.beginsTurn ? "\n\n" : "\n") + piece.text
            }
            let isLast = index == groups.count - 1
            let older =
                isLast && index > 0
                ? ["Older turns: the \(Counted.words(index, "record")) below this one's id, from /1 on."] : []
            let begin = isLast ? [head] : ["# \(title): older turns, part \(index + 1) of \(groups.count)"]
            return (begin + ["## Session"] + older + [turns]).joined(separator: "\n\n") + "\n"
        }
    }

    private var title: String { "Hand-off of \(session.agent?.title ?? "an agent") in \(session.room)" }

    /// The turns, cut between lines where one is too long for a part.
    private func pieces(bytesMax: Int) -> [Piece] {
        session.ended.map(Self.text).flatMap { text -> [Piece] in
            guard text.utf8.count > bytesMax else { return [Piece(text: text, beginsTurn: true)] }
            var pieces = [Piece(text: "", beginsTurn: true)]
            for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
                let last = pieces.count - 1, line = String(cut: String(line), to: bytesMax)
                if pieces[last].text.utf8.count + line.utf8.count + 1 > bytesMax {
                    pieces.append(Piece(text: line, beginsTurn: false))
                } else {
                    pieces[last].text += (pieces[last].text.isEmpty ? "" : "\n") + line
                }
            }
            return pieces
        }
    }

    /// The note in such a text; nil when there is none.
    static func note(in body: String) -> String? {
        let lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let heading = lines.firstIndex(of: noteHeading[...]) else { return nil }
        let quoted = lines[(heading + 1)...].drop(while: \.isEmpty).prefix { $0.hasPrefix(">") }
        let text = quoted.map { $0.dropFirst($0.hasPrefix("> ") ? 2 : 1) }.joined(separator: "\n")
        return text.isEmpty ? nil : text
    }

    private static func text(_ turn: FinishedTurn) -> String {
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
