import Services

/// The lines of each pane, of which the view shows a part.
enum PaneText {
    /// The transcript: the events, then the answers that are being written, then the posts whose events have not
    /// arrived.
    static func transcript(_ model: Model, columns: Int, _ appearance: Appearance) -> [[Span]] {
        var lines = model.events.flatMap { event in
            block(time: appearance.clock(event.at), head(event), event.text, columns, appearance.width)
        }
        for answer in model.partialAnswers {
            let head = Span(RoomEventText.speaker(answer.from) + ": ", Style(.bold, color: .name))
            let text = (answer.hasGap ? "… " : "") + answer.text + "▌"
            lines += block(time: "  …  ", head, text, columns, appearance.width)
        }
        for pending in model.pending {
            lines += block(
                time: "  …  ", Span("you: ", .dim), pending.request.text + " (pending)", columns, appearance.width, .dim
            )
        }
        return lines
    }

    private static func head(_ event: RoomEvent) -> Span {
        let text = RoomEventText.prefix(event)
        switch event.type {
        case .message: return Span(text, Style(.bold, color: event.from.agent != nil ? .name : nil))
        case .notice: return Span(text, Style(.bold, color: .bad))
        case .action: return Span(text, .dim)
        }
    }

    /// The lines of a text after a time and a head. All lines but the first are indented.
    private static func block(
        time: String, _ head: Span, _ text: String, _ columns: Int, _ width: TextWidth, _ style: Style = .plain
    ) -> [[Span]] {
        let paragraphs = MarkdownSpans.lines(of: SafeText.block(text), style)
        return paragraphs.enumerated().flatMap { index, paragraph -> [[Span]] in
            let margin = index == 0 ? [Span(time + " ", .dim), head] : [Span("      ")]
            return LineBreaking.wrap(margin + paragraph, columns: columns, indent: 6, width)
        }
    }

    /// The side pane: the agents in the room, and the process tree below them.
    static func side(_ model: Model, columns: Int, _ width: TextWidth) -> [[Span]] {
        var lines: [[Span]] = [[Span("Agents", Style(.underline))]]
        if model.roster.isEmpty { lines.append([Span("none yet", .dim)]) }
        for entry in model.roster {
            let (word, style) = activity(entry.activity)
            let name = width.padded(SafeText.line(entry.agent.rawValue), to: max(1, columns - 1 - width.of(word)))
            lines.append([Span(name + " "), Span(word, style)])
        }
        lines += [[], [Span("Processes", Style(.underline))]]
        if model.tree.rows.isEmpty { lines.append([Span("not known yet", .dim)]) }
        return lines + model.tree.rows.map { process($0, model, columns, width) }
    }

    private static func activity(_ activity: RosterEntry.Activity) -> (String, Style) {
        switch activity {
        case .idle: ("idle", .dim)
        case .thinking: ("thinking", Style(color: .busy))
        case .waiting: ("waiting", Style(color: .busy))
        case .handingOff: ("handing off", Style(color: .busy))
        case .down: ("down", Style(color: .bad))
        }
    }

    private static func process(_ row: ProcessTree.Row, _ model: Model, _ columns: Int, _ width: TextWidth) -> [Span] {
        let child = row.child
        let state = child.state == .ready ? child.pid.map(String.init) ?? "" : child.word
        let restarts = child.restarts > 0 ? " ×\(child.restarts)" : ""
        let end = state + restarts
        let name = String(repeating: " ", count: row.depth) + SafeText.line(child.name)
        return [
            Span(width.padded(name, to: max(1, columns - 1 - width.of(end))) + " "), Span(end, style(of: child)),
        ]
    }

    private static func style(of child: ChildStatus) -> Style {
        if child.condition != nil { return Style(color: .bad) }
        return switch child.state {
        case .ready: Style(color: .good)
        case .starting, .stopping, .backoff: Style(color: .busy)
        case .quarantined, .misconfigured: Style(color: .bad)
        case .stopped: .dim
        }
    }

    /// The help: the keys and their meanings.
    static func help() -> [[Span]] {
        let rows = KeyBinding.table.compactMap(\.help).map { help in
            [
                Span(help.key + String(repeating: " ", count: max(1, 16 - help.key.count)), Style(.bold)),
                Span(help.meaning),
            ]
        }
        return [[Span("Keys", Style(.underline))], []] + rows + [[], [Span("Any key closes this help.", .dim)]]
    }
}
