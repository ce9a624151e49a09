import Services

/// A room's events as people read them.
public enum RoomEventText {
    /// A name on the bus without its kind: `ann` for `user:ann`, `scout` for `agent:scout`.
    public static func speaker(_ principal: Principal) -> String { SafeText.line(principal.name) }

    /// What stands before an event's words: `ann: `, `* scout `, `! `.
    public static func prefix(_ event: RoomEvent) -> String {
        switch event.type {
        case .message: speaker(event.from) + ": "
        case .action: "* " + speaker(event.from) + " "
        case .notice: "! "
        }
    }

    /// An event as plain text, such as `12:04 ann: hello`; further lines of its words are indented.
    ///
    /// - Parameters:
    ///   - time: The event's time as it is to be shown.
    public static func plain(_ event: RoomEvent, time: String) -> String {
        let lines = SafeText.block(event.text).split(separator: "\n", omittingEmptySubsequences: false)
        let rest = lines.dropFirst().map { $0.isEmpty ? "\n" : "\n      \($0)" }.joined()
        return "\(time) \(prefix(event))\(lines.first ?? "")\(rest)"
    }
}
