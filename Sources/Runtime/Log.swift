import LinuxSystem
import Services

/// One event, one line, on standard error: `notice child.exited child=store signal=SIGSEGV`.
///
/// Under systemd an event is an entry of the journal with fields of its own; the supervisor says so with
/// EGGHEAD_JOURNAL, the number of a descriptor that takes native journal entries.
///
/// See: systemd.journal-fields(7), Native Journal Protocol
public struct Log: Sendable {
    /// How much an event matters.
    public enum Level: Int, Sendable, Comparable {
        /// Every event and action, for developers.
        case debug = 7
        /// Start, options in force, stop.
        case info = 6
        /// A state that an operator cares about has changed.
        case notice = 5
        /// Worse than planned, and going on.
        case warning = 4
        /// Somebody must act.
        case error = 3

        /// Less severe comes first.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue > right.rawValue }

        fileprivate var word: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .notice: "notice"
            case .warning: "warning"
            case .error: "error"
            }
        }
    }

    /// The least level that is written.
    public var threshold: Level
    private let identifier: String
    private let fields: [(String, String)]
    private let journal: CInt?

    /// The longest value in a line, in bytes; what others have written may be longer and is cut.
    public static let valueBytesMax = 1_024

    /// A log of this process.
    ///
    /// - Parameters:
    ///   - identifier: The executable's name; the journal's SYSLOG_IDENTIFIER.
    ///   - fields: Journal fields of every entry, such as `EGGHEAD_AGENT`.
    ///   - journal: A socket that takes native journal entries; the one that EGGHEAD_JOURNAL names when nil.
    ///   - isDebugging: Whether debug events are written; what EGGHEAD_DEBUG says when nil.
    public init(
        identifier: String, fields: [(String, String)] = [], journal: CInt? = nil, isDebugging: Bool? = nil
    ) {
        self.identifier = identifier
        self.fields = fields
        threshold = isDebugging ?? (CurrentProcess.environment("EGGHEAD_DEBUG") != nil) ? .debug : .info
        self.journal = journal ?? CurrentProcess.environment("EGGHEAD_JOURNAL").flatMap { CInt($0) }
    }

    /// Writes an event for developers.
    public func debug(_ event: String, _ values: KeyValuePairs<String, String?> = [:]) { write(.debug, event, values) }
    /// Writes what is good to know.
    public func info(_ event: String, _ values: KeyValuePairs<String, String?> = [:]) { write(.info, event, values) }
    /// Writes a change of state that an operator cares about.
    public func notice(_ event: String, _ values: KeyValuePairs<String, String?> = [:]) {
        write(.notice, event, values)
    }
    /// Writes what is worse than planned; the values say how it goes on.
    public func warning(_ event: String, _ values: KeyValuePairs<String, String?> = [:]) {
        write(.warning, event, values)
    }
    /// Writes what somebody must act on.
    public func error(_ event: String, _ values: KeyValuePairs<String, String?> = [:]) { write(.error, event, values) }

    /// Writes an event at a level that is known only at run time.
    ///
    /// - Parameter journalFields: Fields of this entry in the journal; one of them replaces a field of the same name
    ///   that every entry has.
    public func write(
        _ level: Level, _ event: String, _ values: KeyValuePairs<String, String?>,
        journalFields: [(String, String)] = []
    ) {
        guard level >= threshold else { return }
        let pairs = values.compactMap { key, value in value.map { "\(key)=\(Self.escaped($0))" } }
        let line = ([event] + pairs).joined(separator: " ")
        if let journal, sendNative(level, line, journalFields, to: journal) { return }
        StandardError.write("\(level.word) \(line)\n".utf8)
    }

    /// Values with blanks, quotes or control bytes are quoted; long ones are cut.
    static func escaped(_ value: String) -> String {
        let isSimple = !value.isEmpty && value.utf8.count <= valueBytesMax && value.utf8.allSatisfy(isPrintable)
        if isSimple { return value }
        let cut = value.utf8.count > valueBytesMax ? value.prefix(bytesMax: valueBytesMax) + "…" : value
        let isPlain =
            !cut.isEmpty && cut.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }
            && cut.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        if isPlain { return cut }
        var quoted = "\""
        for scalar in cut.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value):
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            case _: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func isPrintable(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
    }

    /// The values are escaped, so that no line break can begin a field of somebody else's making.
    private func sendNative(_ level: Level, _ line: String, _ own: [(String, String)], to journal: CInt) -> Bool {
        var entry = "PRIORITY=\(level.rawValue)\nSYSLOG_IDENTIFIER=\(identifier)\nMESSAGE=\(line)\n"
        let common = fields.filter { field in !own.contains { $0.0 == field.0 } }
        for (key, value) in common + own { entry += "\(key)=\(Self.escaped(value))\n" }
        return (try? UnixSocket.send(Array(entry.utf8), on: journal)) == true
    }
}
