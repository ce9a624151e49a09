import Services

/// Formats the events of a room as text for people.
public enum RoomEventText {
    /// A name on the bus without its kind: `ann` for `user:ann`, `scout` for `agent:scout`.
    public static func speaker(_ principal: Principal) -> String { SafeText.line(principal.name) }

    /// The text before the words of an event: `ann: `, `* scout `, `! `.
    public static func prefix(_ event: RoomEvent) -> String {
        switch event.type {
        case .message: speaker(event.from) + ": "
        case .action: "* " + speaker(event.from) + " "
        case .notice: "! "
        }
    }

    /// What is said, behind its speaker.
    public static func said(_ event: RoomEvent) -> String {
        let text = SafeText.block(event.text), prefix = prefix(event)
        return event.type == .message && beginsBlock(text) ? "\(prefix.dropLast())\n\(text)" : prefix + text
    }

    /// Whether the first line of a text has a meaning in Markdown that it has only where a line begins.
    private static func beginsBlock(_ text: String) -> Bool {
        [">", "# ", "## ", "### ", "```", "~~~", "|", "- ", "* ", "+ ", "1. "].contains(where: text.hasPrefix)
    }

    /// An event as plain text, such as `2026-11-28 12:04 ann: hello`; further lines begin below the speaker.
    ///
    /// - Parameters:
    ///   - time: The time of the event in the format in which it is shown.
    public static func plain(_ event: RoomEvent, time: String) -> String {
        let lines = said(event).split(separator: "\n", omittingEmptySubsequences: false)
        let indent = String(repeating: " ", count: time.count + 1)
        let rest = lines.dropFirst().map { $0.isEmpty ? "\n" : "\n\(indent)\($0)" }.joined()
        return "\(time) \(lines.first ?? "")\(rest)"
    }
}
