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

    /// An event as plain text, such as `2026-11-28 12:04 ann: hello`; further lines begin below the speaker.
    ///
    /// - Parameters:
    ///   - time: The time of the event in the format in which it is shown.
    public static func plain(_ event: RoomEvent, time: String) -> String {
        let text = SafeText.block(event.text), start = "\(time) \(prefix(event))"
        guard text.utf8.contains(UInt8(ascii: "\n")) else { return start + text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let indent = String(repeating: " ", count: time.count + 1)
        let rest = lines.dropFirst().map { $0.isEmpty ? "\n" : "\n\(indent)\($0)" }.joined()
        return "\(start)\(lines.first ?? "")\(rest)"
    }
}
