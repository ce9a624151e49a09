import Services

extension Model {
    /// Executes the command of a key, or inserts its character into the input line.
    mutating func press(_ key: Key) -> [Effect] {
        remark = nil
        if showsHelp {
            showsHelp = false
            return key == .control("c") ? [.quit] : []
        }
        let isPrompt = pane == .prompt
        if isPrompt, key == .character("?"), editor.characters.isEmpty { return perform(.help) }
        if let command = KeyBinding.command(for: key, in: isPrompt ? .prompt : .panes) { return perform(command) }
        if isPrompt, case .character(let character) = key {
            editor.insert(character)
        } else if !isPrompt {
            remark = "no command on this key; ? shows the keys, Enter goes back to the prompt"
        }
        return []
    }

    private mutating func perform(_ command: KeyCommand) -> [Effect] {
        switch command {
        case .quit: return [.quit]
        case .cancel: return cancel()
        case .send: return send(editor.submit())
        case .help: showsHelp = true
        case .nextPane: pane = neighbour(+1)
        case .previousPane: pane = neighbour(-1)
        case .prompt: pane = .prompt
        case .lineUp: scroll(by: -1)
        case .lineDown: scroll(by: 1)
        case .pageUp: scroll(by: -pageRows)
        case .pageDown: scroll(by: pageRows)
        case .top: scroll(by: -1_000_000)
        case .bottom: scroll(by: 1_000_000)
        case .recallPrevious: editor.recallPrevious()
        case .recallNext: editor.recallNext()
        case .left: editor.move(by: -1)
        case .right: editor.move(by: 1)
        case .lineStart: editor.moveToStart()
        case .lineEnd: editor.moveToEnd()
        case .deleteBackward: editor.deleteBackward()
        case .deleteForward: editor.deleteForward()
        case .deleteWord: editor.deleteWord()
        case .deleteToStart: editor.deleteToStart()
        case .deleteToEnd: editor.deleteToEnd()
        }
        return []
    }

    /// Executes a line that starts with a slash, and posts any other.
    private mutating func send(_ line: String) -> [Effect] {
        switch line {
        case "/quit": return [.quit]
        case "/help": showsHelp = true
        case _ where line.allSatisfy { $0 == " " }: break
        case _ where line.hasPrefix("/"): return execute(line)
        case _: return post(line)
        }
        return []
    }

    /// Answers what an agent or a server asks: `/approve 3`, `/approve 3 always`, `/approve 3 name=Ann age=30`,
    /// `/deny 3 not tonight`; and `/cancel`, `/cancel lobby.7`.
    private mutating func execute(_ line: String) -> [Effect] {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        if words == ["/cancel"] { return cancel() }
        if words.count == 2, words[0] == "/cancel", let turn = TurnID(rawValue: words[1]) { return cancel(turn) }
        let rest = words.count > 2 ? words[2] : nil
        guard ["/approve", "/deny"].contains(words[0]) else {
            remark = "no command \(line); there are /approve, /cancel, /deny, /help and /quit"
            return []
        }
        let values = rest.flatMap(Self.values)
        guard words.count > 1, let number = Int(words[1]),
            words[0] == "/deny" || values != nil || [nil, "always"].contains(rest)
        else {
            remark = "\(line): write /approve NUMBER, with always or NAME=VALUE, or /deny NUMBER REASON"
            return []
        }
        guard connection == .connected else {
            remark = "\(line): the broker cannot be reached; try again"
            return []
        }
        if words[0] == "/deny" { return [.deny(.init(number: number, reason: rest))] }
        return [.approve(.init(number: number, always: rest == "always", values: values))]
    }

    /// `name=Ann Lee age=30`: a word with `=` begins a value, and others go on with it. Nil when it begins with none.
    private static func values(_ text: String) -> [String: String]? {
        var values: [String: String] = [:], name: String?
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if let sign = word.firstIndex(of: "="), sign > word.startIndex {
                name = String(word[..<sign])
                values[String(word[..<sign])] = String(word[word.index(after: sign)...])
            } else {
                guard let name else { return nil }
                values[name, default: ""] += " " + word
            }
        }
        return values.isEmpty ? nil : values
    }

    /// Ends a turn, or those of the room, and what they run.
    private mutating func cancel(_ turn: TurnID? = nil) -> [Effect] {
        guard connection == .connected, let room else {
            remark = "cancel: the broker cannot be reached; try again"
            return []
        }
        let turns = turn.map(Coordinator.Cancel.Turns.one) ?? .all
        return [.cancel(.init(request: makeRequestID(), room: turn?.room ?? room, turns: turns))]
    }

    private func neighbour(_ step: Int) -> Pane {
        let panes = Pane.allCases
        let index = panes.firstIndex(of: pane) ?? 0
        return panes[(index + step + panes.count) % panes.count]
    }

    /// The lines that a page key scrolls by: two lines of the previous page stay visible.
    private var pageRows: Int { max(1, (pane == .processes ? sideViewport.rows : transcriptViewport.rows) - 2) }

    /// Scrolls the side pane if it has the focus, otherwise the transcript. At its end the transcript shows new events
    /// again.
    private mutating func scroll(by lines: Int) {
        if pane == .processes {
            sideTop = max(0, min(sideTop + lines, sideViewport.topMax))
        } else {
            let top = max(0, min(transcriptTop ?? transcriptViewport.topMax, transcriptViewport.topMax) + lines)
            transcriptTop = top >= transcriptViewport.topMax ? nil : top
        }
    }
}
