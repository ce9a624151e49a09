import Glibc
import LinuxSystem
import Rooms
import Runtime
import Services

/// What was said in the rooms and is settled: `history/<room>.<serial>/<first number>` below the rooms' directory, some
/// hundreds of events a file (`HistoryText`).
///
/// What is here beyond a snapshot's ledger was written after it. The journal still has that, and after a start it is
/// cut off and written again, so it does not matter what a crash has left of it.
final class HistoryFiles {
    private let directory: String
    private let log: Log
    /// The number of the last event in the files of each room that has any, by the rooms' serials.
    private var heads: [Int: Int] = [:]
    /// The first number of the file of each room that was cut behind the head; what is behind it in other files does
    /// not count.
    private var cut: [Int: Int] = [:]
    /// The files and directories that changed since they were synchronized last, in the order of the changes.
    private var unsynchronized: [String] = []
    private var known: Set<String> = []

    /// No room has a history yet.
    ///
    /// - Parameter directory: The rooms' directory.
    init(directory: String, log: Log) {
        self.directory = directory + "/history"
        self.log = log
    }

    /// From now on the files count as far as a ledger says.
    func reset(to ledger: Ledger) {
        heads = Dictionary(ledger.rooms.map { ($0.serial, $0.settledCount) }) { first, _ in first }
        (cut, unsynchronized, known) = ([:], [], [])
    }

    // MARK: Writing

    /// Writes the oldest events of a room that are not settled and not here. Nobody waits for the disk.
    ///
    /// - Parameter eventsMax: How many at most.
    /// - Returns: How many were written.
    /// - Throws: `SystemCallError`; some of the events may be here then, which the next call finds.
    @discardableResult
    func append(_ room: RoomLedger, eventsMax: Int = .max) throws(SystemCallError) -> Int {
        let unwritten = room.unsettled.drop { $0.event.number <= max(heads[room.serial] ?? 0, room.trimmedCount) }
        var rest = unwritten.prefix(eventsMax)
        let count = rest.count
        if count == 0 { return 0 }
        try makeDirectory(of: room)
        while let next = rest.first?.event.number {
            let first = HistoryText.firstNumber(ofFileWith: next), end = first + HistoryText.eventsPerFile
            let part = rest.prefix { $0.event.number < end }
            try append(part, to: first, of: room)
            rest = rest.dropFirst(part.count)
        }
        return count
    }

    private func append(
        _ entries: ArraySlice<HistoryEntry>, to first: Int, of room: RoomLedger
    ) throws(SystemCallError) {
        let path = path(of: room) + "/\(first)"
        let file = try Files.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o640)
        note(path)
        if cut[room.serial] != first {
            try file.truncate(to: try Self.end(of: heads[room.serial] ?? 0, in: path))
            cut[room.serial] = first
        }
        var failure: SystemCallError?
        entries.flatMap(HistoryText.line).withUnsafeBytes { buffer in
            do throws(SystemCallError) { try file.writeAll(buffer) } catch { failure = error }
        }
        if let failure {
            cut[room.serial] = nil  // a part of a line may be there
            throw SystemCallError(failure.call, subject: path, errno: failure.errno)
        }
        heads[room.serial] = entries.last?.event.number
    }

    /// Where the line of the last event that counts ends.
    private static func end(of head: Int, in path: String) throws(SystemCallError) -> Int {
        var end = 0
        try HistoryFile(path).forEachLine { number, line in
            guard let number, number <= head else { return }
            end = line.endIndex + 1
        }
        return end
    }

    private func makeDirectory(of room: RoomLedger) throws(SystemCallError) {
        let path = path(of: room)
        guard cut[room.serial] == nil else { return }
        try Files.makeDirectories(path, mode: 0o750)
        for path in [path, directory] { note(path) }
    }

    private func note(_ path: String) {
        if known.insert(path).inserted { unsynchronized.append(path) }
    }

    /// Waits until one more of the files that changed is on the disk.
    ///
    /// - Returns: Whether more of them wait.
    /// - Throws: `SystemCallError`; after that nobody knows what is on the disk, and everything since the last snapshot
    ///   must be written anew.
    func synchronizeNext() throws(SystemCallError) -> Bool {
        guard let path = unsynchronized.first else { return false }
        // A new file must be found in its directory too.
        let file = try Files.open(path, O_RDONLY)
        try file.synchronizeData()
        known.remove(unsynchronized.removeFirst())
        return !unsynchronized.isEmpty
    }

    /// Removes the histories of the rooms that were made before some moment and are not among those that count.
    ///
    /// - Throws: `SystemCallError`; the others are removed the next time.
    func removeAll(madeUpTo serialMax: Int, but serials: Set<Int>) throws(SystemCallError) {
        guard (try? Files.status(directory)) != nil else { return }
        for name in try Files.list(directory) {
            guard let serial = name.split(separator: ".").last.flatMap({ Int($0) }), serial <= serialMax,
                !serials.contains(serial)
            else { continue }
            let path = "\(directory)/\(name)"
            for file in try Files.list(path) { try Files.remove("\(path)/\(file)") }
            try Files.removeDirectory(path)
        }
    }

    /// Removes the files of a room in which no event is that it keeps.
    ///
    /// - Throws: `SystemCallError`; the others are removed the next time.
    func removeTrimmed(_ room: RoomLedger) throws(SystemCallError) {
        let directory = path(of: room)
        guard (try? Files.status(directory)) != nil else { return }
        let end = min(room.trimmedCount, room.settledCount)
        for name in try Files.list(directory) {
            guard let first = Int(name), first + HistoryText.eventsPerFile - 1 <= end else { continue }
            let path = "\(directory)/\(name)"
            try Files.remove(path)
            if known.remove(path) != nil { unsynchronized.removeAll { $0 == path } }
        }
    }

    /// What was said in every room, for a start that can read no snapshot. Who was where, which turns are open and what
    /// was answered is lost as far as the journal does not say it.
    func recover(defaultRoom: RoomName) -> Ledger {
        var ledger = Ledger(defaultRoom: defaultRoom)
        for name in (try? Files.list(directory)) ?? [] {
            let parts = name.split(separator: ".")
            guard parts.count == 2, let room = RoomName(rawValue: String(parts[0])), let serial = Int(parts[1]) else {
                continue
            }
            let path = "\(directory)/\(name)", files = (try? Files.list(path)) ?? []
            let firsts = files.compactMap { Int($0) }.sorted()
            for first in firsts {
                do throws(SystemCallError) {
                    try HistoryFile("\(path)/\(first)").forEachLine { _, line in
                        guard let entry = HistoryText.entry(of: line),
                            HistoryText.firstNumber(ofFileWith: entry.event.number) == first
                        else { return }
                        ledger.recover(entry, room, serial: serial, first: firsts.first ?? 1)
                    }
                } catch {
                    log.error("history.unreadable", ["path": "\(path)/\(first)", "error": "\(error)"])
                }
                ledger.settle(room)
            }
        }
        return ledger
    }

    // MARK: Reading

    /// Reads settled events of a room; in the place of one that cannot be read stands a notice. See `HistoryReader`.
    func read(_ room: RoomLedger, _ numbers: ClosedRange<Int>) -> [HistoryEntry] {
        find(room, numbers, { entry in HistoryText.entry(of: entry).flatMap { $0.event.room == room.name ? $0 : nil } })
        { $0 }
    }

    /// Reads settled events of a room as they stand there.
    func readTexts(_ room: RoomLedger, _ numbers: ClosedRange<Int>) -> [EventText] {
        find(room, numbers, HistoryText.text) { EventText($0.event) }
    }

    /// Reads what stands in the lines of some events.
    private func find<Found>(
        _ room: RoomLedger, _ numbers: ClosedRange<Int>, _ read: (ArraySlice<UInt8>) -> Found?,
        notice: (HistoryEntry) -> Found
    ) -> [Found] {
        var found = [Found?](repeating: nil, count: numbers.count)
        var first = HistoryText.firstNumber(ofFileWith: numbers.lowerBound)
        while first <= numbers.upperBound {
            let path = path(of: room) + "/\(first)"
            do throws(SystemCallError) {
                try HistoryFile(path).forEachLine { number, line in
                    guard let number, numbers.contains(number), found[number - numbers.lowerBound] == nil else {
                        return
                    }
                    found[number - numbers.lowerBound] = read(line)
                }
            } catch {
                log.error("history.unreadable", ["path": path, "error": "\(error)"])
            }
            first += HistoryText.eventsPerFile
        }
        let missing = numbers.filter { found[$0 - numbers.lowerBound] == nil }
        if let first = missing.first {
            log.error(
                "history.damaged", ["path": path(of: room), "number": "\(first)", "events": "\(missing.count)"])
        }
        return numbers.map { number in
            found[number - numbers.lowerBound]
                ?? notice(HistoryText.unreadable(number, in: room.name, at: room.began ?? Clock.timestamp()))
        }
    }

    /// Reads all settled events of a room that it keeps.
    ///
    /// - Returns: nil when they are longer than a limit.
    func readAll(_ room: RoomLedger, bytesMax: Int) -> [HistoryEntry]? {
        let firsts = stride(
            from: HistoryText.firstNumber(ofFileWith: room.trimmedCount + 1), through: room.settledCount,
            by: HistoryText.eventsPerFile)
        let bytes = firsts.reduce(0) { $0 + ((try? Files.status(path(of: room) + "/\($1)"))?.size ?? 0) }
        guard bytes <= bytesMax else { return nil }
        return firsts.flatMap { first in
            read(
                room, max(first, room.trimmedCount + 1)...min(room.settledCount, first + HistoryText.eventsPerFile - 1))
        }
    }

    private func path(of room: RoomLedger) -> String { "\(directory)/\(room.name).\(room.serial)" }
}

/// The lines of a file of a room's history.
struct HistoryFile {
    private let path: String

    /// A file that may be missing.
    init(_ path: String) { self.path = path }

    /// Reads all lines that are whole, in their order.
    ///
    /// - Parameter body: Takes the number that the line begins with, if there is one, and the line without its line
    ///   feed, as a part of the file.
    /// - Throws: `SystemCallError`; not when the file is missing.
    func forEachLine(_ body: (Int?, ArraySlice<UInt8>) -> Void) throws(SystemCallError) {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try Files.read(path, limit: .max)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return
        }
        var place = 0
        while let feed = Self.lineFeed(in: bytes, from: place) {
            body(HistoryText.number(of: bytes[place..<feed]), bytes[place..<feed])
            place = feed + 1
        }
    }

    private static func lineFeed(in bytes: [UInt8], from place: Int) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard place < buffer.count, let start = buffer.baseAddress else { return nil }
            return memchr(start + place, CInt(UInt8(ascii: "\n")), buffer.count - place).map {
                UnsafeRawPointer($0) - start
            }
        }
    }
}
