import Services

@testable import Rooms

/// What is done to whole rooms.
extension Scene {
    /// Records on their way to the store.
    struct Storing: Equatable {
        let number: Int
        let records: [Store.Create.Request]
    }

    /// What the store has of records that it was given.
    static func replies(_ records: [Store.Create.Request]) -> [RecordID: RecordReply] {
        Dictionary(
            uniqueKeysWithValues: records.map { record in
                let id = record.id ?? ""
                let summary = RecordSummary(
                    id: id, path: "\(id).md", title: id.rawValue,
                    recordClass: RecordClass(rawValue: record.fields["class"]?.string ?? "") ?? .durable, tags: [],
                    author: nil, created: nil, updated: at, revision: "1")
                let fields = record.fields.filter { $0.value != .null }
                return (id, RecordReply(summary: summary, fields: fields, body: record.body + "\n"))
            })
    }

    /// The answers of the last step.
    var answers: [RoomsState.Answer] {
        actions.compactMap { if case .answer(_, let answer) = $0 { answer } else { nil } }
    }

    /// What the last step gives the store.
    var storing: Storing? {
        actions.lazy.compactMap { action in
            if case .storeRecords(let number, let records) = action {
                Storing(number: number, records: records)
            } else {
                nil
            }
        }.first
    }

    /// A person prompts an agent, or an agent another one.
    @discardableResult
    mutating func prompt(
        _ agent: String, _ text: String, request: String? = nil, from caller: Principal = "user:ann"
    ) -> RoomsState.Answer? {
        let request = Coordinator.Post.Request(
            request: request ?? "prompt \(disk.count)", room: nil, agent: agent, speaker: caller.agent, text: text)
        handle(.posted(request, caller: caller.agent == nil ? caller : .toolbox, asker: 7))
        return answers.first
    }

    /// A person saves a room.
    mutating func save(_ room: RoomName, request: String = "save", from caller: Principal = "user:ann") {
        handle(.saveAsked(.init(request: request, room: room), caller: caller, asker: 4))
    }

    /// A person drops a room.
    mutating func drop(_ room: RoomName, request: String = "drop", from caller: Principal = "user:ann") {
        handle(.dropAsked(.init(request: request, room: room), caller: caller, asker: 5))
    }

    /// A person drops a room, and the store is asked.
    @discardableResult
    mutating func requireDrop(_ room: RoomName, request: String = "drop") -> Storing {
        drop(room, request: request)
        return storing ?? Storing(number: 0, records: [])
    }

    /// A person joins a transcript; the store has these records.
    mutating func join(
        _ record: RecordID, request: String = "join", store: [RecordID: RecordReply],
        from caller: Principal = "user:ann"
    ) {
        handle(.joinAsked(.init(request: request, record: record), caller: caller, asker: 6))
        while case .readRecord(let join, let id)? = actions.last {
            let missing = ServiceFailure(.notFound, "there is no record \(id)")
            handle(.recordRead(join: join, store[id].map { .success($0) } ?? .failure(missing)))
        }
    }

    /// A person saves a room, and the store is asked.
    @discardableResult
    mutating func requireSave(_ room: RoomName, request: String = "save") -> Storing {
        save(room, request: request)
        return storing ?? Storing(number: 0, records: [])
    }
}
