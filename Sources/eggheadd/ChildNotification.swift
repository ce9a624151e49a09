import LinuxSystem
import Supervision

/// The messages of a child on its notification socket. `MAINPID`, `FDSTORE` and unknown keys are ignored, as is
/// STOPPING=1, because the supervisor learns of the end from the kernel.
///
/// See: sd_notify(3)
enum ChildNotification: Equatable {
    case ready
    case status(String)
    case watchdog
    case progress

    /// The longest message, and the longest status in characters.
    static let messageBytesMax = 4_096, statusCharactersMax = 200

    /// Why a datagram is not taken.
    enum Refusal: Error, Equatable {
        /// It is longer than a message.
        case tooLong
        /// The kernel names no sender.
        case anonymous
        /// The sender is not of the child.
        case foreign(Int32)
    }

    /// The messages of a datagram.
    ///
    /// - Parameters:
    ///   - sender: The process that the kernel names; nil when it names none.
    ///   - isTheirs: Whether a process may speak for the child.
    /// - Throws: `Refusal` when the datagram is not taken.
    static func heard(
        in bytes: [UInt8], from sender: Int32?, isTruncated: Bool, where isTheirs: (Int32) -> Bool
    ) throws(Refusal) -> [ChildNotification] {
        guard !isTruncated else { throw .tooLong }
        guard let sender else { throw .anonymous }
        guard isTheirs(sender) else { throw .foreign(sender) }
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

    /// A child's status is shown on terminals: it must not control them.
    private static func printable(_ text: Substring) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
            .prefix(statusCharactersMax).description
    }

    /// The tree's events for a child's messages of one turn. There are at most four, so a flood of messages delays
    /// no other child.
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
