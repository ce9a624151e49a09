import Foundation
import Journal
import LinuxSystem
import Rooms
import Runtime
import Services
import Testing

@testable import egghead_coordinator

/// The rooms on the disk, cut off at every step.
@Suite struct RoomStorageTests {
    @Test func `what was said is read by page, and neither the journal nor memory grows with it`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("first", count: 250)
        let said = rooms.said
        #expect(said.count == 3 && said.values.allSatisfy { $0.count == 250 })
        #expect(rooms.state.ledger.rooms.map(\.events.count).reduce(0, +) < 200)
        let segments = try Files.list(directory.path).filter { $0.hasPrefix("journal.") }
        #expect((1...2).contains(segments.count), "\(segments)")
        let other = try directory.copy()
        let next = try StoredRooms(other)
        #expect(next.said == said && next.storage.unreadable == [])
        #expect(next.state.ledger.rooms.map(\.head) == rooms.state.ledger.rooms.map(\.head))
    }

    @Test func `whatever step of settling is the last one, the next process has everything, and goes on`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before")
        var steps = 0
        for _ in 0..<200 where steps < 18 {
            try rooms.post("between" + String(repeating: " and so on", count: 60))
            var isSettling = true
            while isSettling {
                isSettling = try rooms.storage.settleNext(&rooms.state) != nil
                guard isSettling else { break }
                steps += 1
                try expect(rooms.said, after: directory.copy())
            }
        }
    }

    @Test func `what a crash has left in the histories behind the snapshot does not matter`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before")
        for room in StoredRooms.rooms { try rooms.storage.settle(room, of: &rooms.state) }
        let said = rooms.said
        let later = Array(
            HistoryText.line(of: HistoryEntry(event: try #require(said["lobby"]?.last), cause: nil)).dropLast())
        for rest in [[], Array("0badc0de 17 0 {\"at\":".utf8), [UInt8](repeating: 0, count: 5_000), later] {
            let copy = try directory.copy()
            let snapshot = try #require(LedgerSnapshot(Files.read(copy.path + "/snapshot", limit: 1 << 24)))
            for room in snapshot.ledger.rooms { try Self.replaceRest(of: room, in: copy, by: rest) }
            try expect(said, after: copy)
        }
    }

    /// Replaces what the history of a room holds behind a snapshot.
    private static func replaceRest(of room: RoomLedger, in directory: Directory, by rest: [UInt8]) throws {
        let path = "\(directory.path)/history/\(room.name).\(room.serial)"
        for name in try Files.list(path) {
            let lines = try Files.read("\(path)/\(name)", limit: 1 << 24).split(separator: 10)
            let counted = lines.prefix { HistoryText.number(of: $0) ?? 0 <= room.settledCount }
            try Files.replace("\(path)/\(name)", with: counted.flatMap { $0 + [10] } + rest)
        }
    }

    @Test func `a damaged snapshot costs nothing, and two of them no word`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before", count: 90)
        let said = rooms.said
        let one = try directory.copy()
        try Self.damage(one.path + "/snapshot")
        try expect(said, after: one)
        let both = try directory.copy()
        for name in ["/snapshot", "/snapshot.before"] { try Self.damage(both.path + name) }
        var next = try StoredRooms(both)
        #expect(next.said == said)
        #expect(next.storage.unreadable == [UnreadablePart([])])
        try next.fill("after")
        let all = next.said
        try expect(all, after: both.copy())
    }

    /// Changes a byte in the middle of a file.
    private static func damage(_ path: String) throws {
        var bytes = try Files.read(path, limit: 1 << 24)
        bytes[bytes.count / 2] ^= 1
        try Files.replace(path, with: bytes)
    }

    @Test func `a notice stands in the place of an event that the history cannot give back`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before")
        let said = rooms.said, lobby = try #require(said["lobby"])
        let path = directory.path + "/history/lobby.1/1"
        try Self.damage(path)
        let read = try #require(rooms.said["lobby"])
        let different = zip(read, lobby).filter { $0 != $1 }
        #expect(read.map(\.number) == lobby.map(\.number) && different.count == 1)
        #expect(different.first?.0.type == .notice)
        try Files.remove(path)
        let without = try #require(rooms.said["lobby"])
        #expect(without.map(\.number) == lobby.map(\.number) && without.contains { $0.type == .notice })
        #expect(without.last == lobby.last)
        #expect(rooms.said["kitchen"] == said["kitchen"])
    }

    @Test func `events that are gone leave the disk, and no start brings them back`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before", count: 1_100)
        let said = rooms.said, lobby = try #require(said["lobby"])
        let events = try #require(rooms.state.ledger["lobby"]).due(.newest(500), rooms.storage.history.read)
        #expect(events == Array(lobby.prefix(512)))
        let step = rooms.state.handle(.trimDue("lobby", events), at: StoredRooms.moment)
        try rooms.storage.journal.append(Journal.line(of: step.commit), waits: true)
        try expect(said, after: directory.copy())  // the store has not answered yet
        for case .storeRecord(let save, let record) in step.effects {
            let reply = WriteReply(id: try #require(record.id), revision: "1", indexed: true)
            try rooms.step(.recordStored(save: save, .success(reply)))
        }
        let rest = rooms.said
        #expect(rest["lobby"] == Array(lobby.dropFirst(512)) && rest["kitchen"] == said["kitchen"])
        try expect(rest, after: directory.copy())
        try rooms.storage.history.removeTrimmed(#require(rooms.state.ledger["lobby"]))
        let files = try Files.list(directory.path + "/history/lobby.1")
        #expect(!files.contains("1") && files.contains("513"))
        #expect(rooms.said == rest)
        try expect(rest, after: directory.copy())
        try rooms.fill("after")
        try expect(rooms.said, after: directory.copy())
        #expect(rooms.said["lobby"]?.first?.number == 513)
        // Also when no snapshot can be read: the histories begin with what is kept.
        for name in ["snapshot", "snapshot.before"] {
            try Files.replace(directory.path + "/\(name)", with: Array("nonsense".utf8))
        }
        let copy = try directory.copy()
        let recovered = try StoredRooms(copy)
        #expect(recovered.said["lobby"]?.first?.number == 513)
        #expect(recovered.said["lobby"]?.starts(with: rest["lobby"] ?? []) == true)
    }

    @Test func `a long journal of a version without segments is taken over, also when that breaks off`() throws {
        let old = OldJournal(messages: 1_400)
        let directory = try Directory()
        // Killed after some snapshots: what the rest of the journal says was not read yet.
        try Files.replace(directory.path + "/journal", with: old.lines.prefix(1_000).flatMap { $0 })
        var rooms: StoredRooms? = try StoredRooms(directory)
        #expect(try #require(rooms).state.ledger.rooms.map(\.events.count).reduce(0, +) < 700)
        rooms = nil
        #expect((try? Files.status(directory.path + "/snapshot")) != nil)
        try Files.replace(directory.path + "/journal", with: old.lines.flatMap { $0 })
        var next = try StoredRooms(directory)
        #expect(next.said == old.said)
        #expect(next.state.isAnswered(.init(request: "r1399", room: "kitchen", text: ""), from: "user:ann"))
        try next.fill("after")
        let said = next.said
        #expect(said["lobby"]?.starts(with: old.said["lobby"] ?? []) == true)
        try expect(said, after: directory.copy())
    }

    @Test(arguments: ["history", "snapshot"])
    func `a disk that refuses a step of settling only delays it`(refused: String) throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try Files.makeDirectories(directory.path + (refused == "snapshot" ? "/snapshot/in-the-way" : ""))
        if refused == "history" { try Files.replace(directory.path + "/history", with: []) }
        try rooms.fill("refused", count: 100)
        #expect(rooms.said.values.allSatisfy { $0.count == 100 })
        #expect((try? Files.status(directory.path + "/journal.2")) != nil || rooms.storage.journal.bytes > 200_000)
        try FileManager.default.removeItem(atPath: directory.path + "/" + refused)
        try rooms.fill("taken", count: 60)
        #expect(rooms.state.ledger.rooms.map(\.events.count).reduce(0, +) < 200)
        #expect(try Files.list(directory.path).filter { $0.hasPrefix("journal.") }.count <= 2)
        let said = rooms.said
        try expect(said, after: directory.copy())
    }

    @Test func `a room that was dropped and made again has only what was said in the second`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before")
        try rooms.drop("kitchen")
        try rooms.post("anew")
        #expect(rooms.said["kitchen"]?.count == 1)
        try expect(rooms.said, after: directory.copy())
        try rooms.fill("after", count: 120)
        let said = rooms.said
        #expect(said["kitchen"]?.first?.text.contains("anew") == true)
        #expect(try Files.list(directory.path + "/history").filter { $0.hasPrefix("kitchen.") }.count == 1)
        try expect(said, after: directory.copy())
    }

    @Test func `a segment that is missing is told, and what comes after it is there`() throws {
        let directory = try Directory()
        var rooms = try StoredRooms(directory)
        try rooms.fill("before")
        for room in StoredRooms.rooms { try rooms.storage.settle(room, of: &rooms.state) }
        let sealed = try rooms.storage.journal.seal()
        try rooms.post("after")
        let copy = try directory.copy(), said = rooms.said
        try Files.remove("\(copy.path)/journal.\(sealed.segment - 1)")
        let lobby = try StoredRooms(copy).said["lobby"] ?? []
        #expect(lobby.map(\.number) == said["lobby"]?.map(\.number) && lobby.last == said["lobby"]?.last)
        #expect(lobby.contains { $0.type == .notice && $0.text.contains("could not give back") })
    }

    /// What a process reads that starts in a directory, and that it can go on from there.
    private func expect(
        _ said: [RoomName: [RoomEvent]], after directory: Directory, at location: SourceLocation = #_sourceLocation
    ) throws {
        var next = try StoredRooms(directory)
        #expect(next.storage.unreadable == [], sourceLocation: location)
        #expect(next.said == said, sourceLocation: location)
        try next.fill("afterwards", count: 20)
        let read = next.said
        for (room, events) in said {
            #expect(read[room]?.starts(with: events) == true, sourceLocation: location)
            #expect(read[room]?.count == events.count + 20, sourceLocation: location)
        }
    }
}

extension StoredRooms {
    /// Saves and closes a room; the store takes it.
    mutating func drop(_ room: RoomName) throws {
        let request = Coordinator.Drop.Request(request: "drop \(room)", room: room)
        if let ledger = state.ledger[room], ledger.needsRecall,
            let entries = storage.history.readAll(ledger, bytesMax: .max)
        {
            state.recall(room, entries)
        }
        let step = state.handle(.dropAsked(request, caller: "user:ann", asker: 0), at: Self.moment)
        try storage.journal.append(Journal.line(of: step.commit), waits: true)
        for case .storeRecord(let save, let record) in step.effects {
            let reply = WriteReply(id: try #require(record.id), revision: "1", indexed: true)
            try self.step(.recordStored(save: save, .success(reply)))
        }
    }
}
