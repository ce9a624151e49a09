import LinuxSystem
import Supervision

/// What a child can say on its notification socket. `MAINPID`, `FDSTORE` and unknown keys are ignored, as is
/// STOPPING=1, which changes nothing for a supervisor that hears of the end from the kernel.
///
/// See: sd_notify(3)
enum ChildNotification: Equatable {
    case ready
    case status(String)
    case watchdog
    case progress

    /// The longest message, and the longest status in characters.
    static let messageBytesMax = 4_096, statusCharactersMax = 200

    /// What a datagram says: nothing when somebody else has sent it, or the kernel has cut it.
    ///
    /// - Parameters:
    ///   - sender: The process that the kernel names; nil when it names none.
    ///   - isTheirs: Whether a process is the child, or one that it has started.
    static func heard(
        in bytes: [UInt8], from sender: Int32?, isTruncated: Bool, where isTheirs: (Int32) -> Bool
    ) -> [ChildNotification] {
        guard let sender, !isTruncated, isTheirs(sender) else { return [] }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    /// Reads a message: `KEY=value` lines.
    static func parse(_ message: String) -> [ChildNotification] {
        message.split(separator: "\n").compactMap { line in
            switch line {
            case "READY=1": .ready
            case "WATCHDOG=1": .watchdog
            case "EGGHEAD_PROGRESS=1": .progress
            case _ where line.hasPrefix("STATUS="): .status(printable(line.dropFirst("STATUS=".count)))
            case _: nil
            }
        }
    }

    /// What a child says of itself is shown on terminals: it must not be able to move the cursor there.
    private static func printable(_ text: Substring) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
            .prefix(statusCharactersMax).description
    }

    /// The tree's events for what a child has said in a turn. However much that is, they are four at most: nobody waits
    /// behind a flood.
    static func events(of said: [ChildNotification], by id: ChildID, _ incarnation: Incarnation) -> [Event] {
        var events: [Event] = []
        if said.contains(.watchdog) { events.append(.beat(id, incarnation)) }
        if said.contains(.ready) { events.append(.ready(id, incarnation)) }
        if said.contains(.progress) { events.append(.progressed(id, incarnation)) }
        let statuses = said.compactMap { if case .status(let text) = $0 { text } else { nil } }
        if let status = statuses.last { events.append(.status(id, incarnation, status)) }
        return events
    }
}
