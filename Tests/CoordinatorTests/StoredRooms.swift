import Foundation
import JSON
import Journal
import LinuxSystem
import Rooms
import Runtime
import Services

@testable import egghead_coordinator

/// A directory that is removed with its owner.
final class Directory {
    let path = "/tmp/egghead-rooms-\(getpid())-\(UInt64.random(in: 0 ... .max))"

    init() throws { try Files.makeDirectories(path) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What a process finds that starts now: what was written, as after `kill -9`.
    func copy() throws -> Directory {
        let copy = try Directory()
        for name in try Files.list(path) {
            try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        return copy
    }

    /// Every file of the rooms' histories.
    func histories() throws -> [String] {
        try ((try? Files.list(path + "/history")) ?? []).flatMap { room in
            try Files.list("\(path)/history/\(room)").map { "\(path)/history/\(room)/\($0)" }
        }
    }
}

/// Rooms without agents, on the disk.
struct StoredRooms {
    let storage: RoomStorage
    var state: RoomsState
    private var posts = 0

    static let rooms: [RoomName] = ["lobby", "kitchen", "attic"]
    /// Small, so that a test has many segments.
    static let sizes = SettlingSizes(segmentBytes: 40_000, takeOverBytes: 400_000, stepEvents: 25)

    init(_ directory: Directory) throws {
        storage = try RoomStorage(
            directory: directory.path, defaultRoom: "lobby", sizes: Self.sizes,
            log: Log(identifier: "coordinator-tests", isDebugging: false))
        state = RoomsState(
            ledger: storage.takeLedger(), defaultRoom: "lobby", turnBudget: 5, turnTimeout: .seconds(300))
        _ = state.handle(.connected, at: Self.moment)
        _ = state.handle(.agentsListed([]), at: Self.moment)
    }

    static let moment = Moment(elapsed: .zero, timestamp: "2026-11-22T08:30:00.000Z")

    /// Hands over an event, and writes what follows.
    mutating func step(_ event: RoomsState.Event) throws {
        let commit = state.handle(event, at: Self.moment).commit
        if !commit.isEmpty { try storage.journal.append(Journal.line(of: commit), waits: true) }
    }

    /// Says something in each of the rooms that is for no agent.
    mutating func post(_ text: String) throws {
        for room in Self.rooms {
            posts += 1
            let request = Coordinator.Post.Request(
                request: "\(text.prefix(20)) \(posts)", room: room, text: "@ann \(text) \(posts)")
            try step(.posted(request, caller: "user:ann", asker: 0))
        }
    }

    /// Says things until nothing is settled any more, and a segment was sealed.
    mutating func fill(_ text: String, count: Int = 60) throws {
        for _ in 0..<count {
            try post(text + String(repeating: " and so on", count: 60))
            try settle()
        }
    }

    /// Does everything that is due.
    mutating func settle() throws { while try storage.settleNext(&state) != nil {} }

    /// Everything that was said, read page by page.
    var said: [RoomName: [RoomEvent]] {
        var said: [RoomName: [RoomEvent]] = [:]
        for room in state.ledger.rooms {
            var events: [RoomEvent] = []
            while true {
                let page = Coordinator.History.Request(room: room.name, after: events.last?.number ?? 0, limit: 500)
                guard let text = try? state.history(page, storage.history.readTexts).get().json,
                    let reply = try? JSON.decode(Coordinator.History.Reply.self, from: text), !reply.events.isEmpty
                else { break }
                events += reply.events
            }
            said[room.name] = events
        }
        return said
    }
}

/// A journal as a coordinator without segments has left it.
struct OldJournal {
    private(set) var lines: [[UInt8]] = []
    private(set) var said: [RoomName: [RoomEvent]] = [:]

    init(messages: Int) {
        for number in 1...messages {
            let room = StoredRooms.rooms[number % StoredRooms.rooms.count]
            let event = RoomEvent(
                number: (said[room]?.count ?? 0) + 1, at: StoredRooms.moment.timestamp, room: room, type: .message,
                from: "user:ann", text: "message \(number)" + String(repeating: " and so on", count: 60))
            said[room, default: []].append(event)
            let answer = AnsweredRequest(
                room: room, caller: "user:ann", request: "r\(number)",
                post: .init(room: room, number: event.number, turns: []))
            lines.append(Journal.line(of: [JournalEntry.event(event), .answered(answer)]))
        }
    }
}
