import Services

/// A room's events as Markdown that a person reads, and from which every event is restored byte for byte.
///
/// ```
/// ## 12 · 2026-11-25T16:08:59.123Z · agent:scout · message · kitchen.3 · answered
///
/// > The words, each line of them in the quotation,
/// >
/// > so that nothing anybody said can pass for a heading.
/// ```
///
/// A heading holds number, time, speaker and kind, then the turn if there is one, then the turn's outcome if the event
/// says it. Two things in the words are written differently:
///
/// - Control characters but tab and line feed, the marks of direction, `␛` itself and, in headings, `·` are written as
///   `␛{1b}`. A lone CR would end a line of Markdown; others would be dropped or painted by whoever shows the text.
/// - A `[` right behind another `[` is written as `[\[`. A link in a transcript would follow the record that it names
///   when that moves, and the words would be others.
///
/// Empty lines, and what stands above the first heading, have no meaning; so it does not matter how the file ends, nor
/// whether its lines end in CR LF.
public enum TranscriptText {
    /// Writes events one after the other.
    public static func write(_ events: some Sequence<RoomEvent>) -> [UInt8] {
        var text: [UInt8] = []
        for event in events { write(event, to: &text) }
        return text
    }

    /// Writes one event.
    static func write(_ event: RoomEvent, to text: inout [UInt8]) {
        text += heading
        text += String(event.number).utf8
        for field in [
            event.at, event.from.rawValue, event.type.rawValue, event.turn?.rawValue, event.outcome?.rawValue,
        ] {
            guard let field else { break }
            text += separator
            TranscriptEscapes.escape(field[...], isHeading: true, to: &text)
        }
        text.append(lineFeed)
        text.append(lineFeed)
        for line in event.text.utf8.split(separator: lineFeed, omittingEmptySubsequences: false) {
            text.append(mark)
            if !line.isEmpty { text.append(space) }
            TranscriptEscapes.escape(Substring(line), isHeading: false, to: &text)
            text.append(lineFeed)
        }
        text.append(lineFeed)
    }

    /// Reads events.
    ///
    /// - Parameter room: Whose events they are; the text does not say it.
    /// - Throws: When a line is not what `write` writes.
    public static func read(_ text: [UInt8], room: RoomName) throws(TranscriptFault)
        -> [RoomEvent]
    {
        var events: [RoomEvent] = [], words: [UInt8] = [], lines = 0, number = 0
        func endEvent() throws(TranscriptFault) {
            guard !events.isEmpty else { return }
            guard lines > 0 else { throw TranscriptFault("the event above line \(number) has no words") }
            events[events.count - 1].text = String(decoding: words, as: UTF8.self)
            words.removeAll(keepingCapacity: true)
            lines = 0
        }
        for line in text.split(separator: lineFeed, omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == carriageReturn ? line.dropLast() : line
            if line.starts(with: heading) {
                try endEvent()
                guard let event = event(heading: line.dropFirst(heading.count), room: room) else {
                    throw TranscriptFault("line \(number) is no heading of an event")
                }
                events.append(event)
            } else if !events.isEmpty, !line.isEmpty {
                guard let quoted = quoted(line) else {
                    throw TranscriptFault("line \(number) is neither a heading nor a quotation")
                }
                if lines > 0 { words.append(lineFeed) }
                words += quoted
                lines += 1
            }
        }
        try endEvent()
        return events
    }

    private static let heading = Array("## ".utf8), separator = Array(" · ".utf8)
    private static let mark = UInt8(ascii: ">"), space = UInt8(ascii: " ")
    private static let lineFeed = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

    /// The event of a heading, still without its words.
    private static func event(heading: ArraySlice<UInt8>, room: RoomName) -> RoomEvent? {
        var fields: [String] = [], begin = heading.startIndex
        for place in heading.indices.dropFirst() where heading[place] == separator[1] {
            // A field holds no dot, so this is one only if it stands between two spaces.
            guard heading[(place - 1)...].starts(with: separator), place > begin else { continue }
            guard let field = field(heading[begin..<(place - 1)]) else { return nil }
            fields.append(field)
            begin = place - 1 + separator.count
        }
        guard let last = field(heading[begin...]) else { return nil }
        fields.append(last)
        guard (4...6).contains(fields.count), let number = Int(fields[0]), String(number) == fields[0],
            let kind = RoomEvent.Kind(rawValue: fields[3]), let from = Principal(rawValue: fields[2])
        else { return nil }
        let turn = fields.count > 4 ? TurnID(rawValue: fields[4]) : nil
        let outcome = fields.count > 5 ? TurnOutcome(rawValue: fields[5]) : nil
        if fields.count > 4, turn == nil { return nil }
        if fields.count > 5, outcome == nil { return nil }
        return RoomEvent(
            number: number, at: fields[1], room: room, type: kind, from: from, text: "", turn: turn, outcome: outcome)
    }

    private static func field(_ bytes: ArraySlice<UInt8>) -> String? {
        TranscriptEscapes.unescape(bytes).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The words of a line of a quotation.
    private static func quoted(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.first == mark else { return nil }
        let words = line.dropFirst()
        if words.isEmpty { return [] }
        return words.first == space ? TranscriptEscapes.unescape(words.dropFirst()) : nil
    }
}

/// Why a text is no transcript, in words that follow its name.
public struct TranscriptFault: Error, Hashable {
    /// What is wrong.
    public let reason: String

    init(_ reason: String) { self.reason = reason }
}
