import Services

/// Reads a saved transcript part by part, from whichever part a person has named: each part links to the ones beside
/// it, also after it has moved.
struct TranscriptReading: Hashable {
    /// A part that was read.
    private struct Part: Hashable {
        var text: [UInt8]
        var events: [RoomEvent]
    }

    /// The record that is to be read next; nil when all that the links lead to has been read.
    private(set) var next: RecordID?
    private let named: RecordID
    /// The ids that were asked for, and those that are to be.
    private var known: Set<RecordID>
    private var waiting: [RecordID] = []
    private var whole: TranscriptPart?
    /// By the parts' numbers.
    private var parts: [Int: Part] = [:]

    /// A reading that has read nothing.
    ///
    /// - Parameter record: Any part, or the id that all parts have in common.
    init(record: RecordID) {
        named = record
        next = record
        known = [record]
    }

    /// Takes the store's answer to `next`.
    ///
    /// - Throws: Why there is nothing to join.
    mutating func receive(_ result: Result<RecordReply, ServiceFailure>) throws(ServiceFailure) {
        guard let id = next else { return }
        switch result {
        case .success(let record): try add(record, id)
        case .failure(let failure) where failure.code == .notFound: try miss(id)
        case .failure(let failure): throw ServiceFailure(failure.code, "join \(named): \(failure.message)")
        }
        next = waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// All parts as one text, and what it says.
    ///
    /// - Throws: Which part is missing.
    func joined() throws(ServiceFailure) -> (part: TranscriptPart, text: [UInt8]) {
        guard let whole else { throw fault("nothing was read; try again") }
        var text: [UInt8] = [], count = whole.first - 1
        for number in 1...whole.parts {
            guard let part = parts[number] else {
                throw fault("part \(number) of \(whole.parts) cannot be found; put its record back")
            }
            for event in part.events {
                count += 1
                guard event.number == count else {
                    throw fault("event \(count) is not where it belongs in part \(number)")
                }
            }
            text += part.text
        }
        guard count == whole.head else { throw fault("it ends with event \(count) and not with \(whole.head)") }
        return (whole, text)
    }

    private mutating func miss(_ id: RecordID) throws(ServiceFailure) {
        if whole != nil { return }  // `joined` tells which part it was
        guard id == named else {
            throw ServiceFailure(
                .notFound,
                "join \(named.rawValue.prefix(200)): there is no such record. See: egghead recent --class transcript")
        }
        // What all ids have in common is no id itself.
        let first = TranscriptRecord.id(base: named, part: 1)
        known.insert(first)
        waiting.append(first)
    }

    private mutating func add(_ record: RecordReply, _ id: RecordID) throws(ServiceFailure) {
        let part: TranscriptPart, text: [UInt8], events: [RoomEvent]
        do throws(TranscriptFault) {
            part = try TranscriptPart(record)
            if let whole,
                (part.room, part.first, part.head, part.parts) != (whole.room, whole.first, whole.head, whole.parts)
            {
                return
            }
            events = try TranscriptText.read(Array(record.body.utf8), room: part.room)
            text = TranscriptText.write(events)
            guard record.fields["checksum"] == .string(part.checksum(of: text)) else {
                throw TranscriptFault("it was edited: it does not say what was saved")
            }
            for event in events where !event.fitsRoom { throw TranscriptFault("it holds what no room can hold") }
        } catch {
            // A record that somebody has linked is none of the transcript.
            if whole != nil, TranscriptPart.isNoTranscript(record) { return }
            throw fault("\(id.rawValue.prefix(200)) is not whole: \(error.reason); put back the record as it was saved")
        }
        whole = whole ?? part
        parts[part.part] = Part(text: text, events: events)
        for link in TranscriptPart.links(of: record) where known.count <= 2 * part.parts {
            if known.insert(link).inserted { waiting.append(link) }
        }
    }

    private func fault(_ reason: String) -> ServiceFailure {
        ServiceFailure(.invalid, "join \(named.rawValue.prefix(200)): \(reason)")
    }
}

extension TranscriptPart {
    /// What a record says of itself.
    ///
    /// - Throws: When it is no part of a transcript.
    init(_ record: RecordReply) throws(TranscriptFault) {
        guard !Self.isNoTranscript(record) else { throw TranscriptFault("it is no transcript") }
        guard let room = record.fields["room"]?.string.flatMap(RoomName.init(rawValue:)) else {
            throw TranscriptFault("its key `room` names no room")
        }
        guard case .integer(let head) = record.fields["head"], (1...RoomsLimits.eventNumberMax).contains(head),
            case .integer(let parts) = record.fields["parts"], (1...RoomsLimits.transcriptPartsMax).contains(parts),
            case .integer(let part) = record.fields["part"], (1...parts).contains(part)
        else { throw TranscriptFault("its keys `head`, `part` and `parts` are not what they were") }
        var first = 1
        if let written = record.fields["first"], written != .null {
            guard case .integer(let number) = written, (2...head).contains(number) else {
                throw TranscriptFault("its key `first` is not what it was")
            }
            first = number
        }
        self.init(
            room: room, first: first, head: head, part: part, parts: parts,
            agent: record.fields["agent"]?.string.map { AgentID($0) })
    }

    /// Whether a record is something else altogether.
    static func isNoTranscript(_ record: RecordReply) -> Bool { record.summary.recordClass != .transcript }

    /// The records that a record names in its frontmatter.
    static func links(of record: RecordReply) -> [RecordID] {
        guard case .array(let links) = record.fields["links"] else { return [] }
        return links.compactMap(\.string).map { link in
            RecordID(link.hasPrefix("[[") && link.hasSuffix("]]") ? link.dropFirst(2).dropLast(2) : link[...])
        }
    }
}

extension RoomEvent {
    /// Whether a room could hold it: what is in a record, somebody may have made up.
    fileprivate var fitsRoom: Bool {
        hasShortText && hasShortNames && turn?.number ?? 0 <= RoomsLimits.turnNumberMax
    }
}
