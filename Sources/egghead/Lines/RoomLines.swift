import Services
import Terminal

/// What `egghead rooms` and `egghead search --rooms` print.
enum RoomLines {
    /// `egghead search --rooms`: when, where and by whom each message was said, and the text around the match.
    ///
    /// - Parameter clock: Formats an RFC 3339 date.
    static func search(_ hits: [RoomHit], clock: (String) -> String) -> [String] {
        hits.map { hit in
            let words = hit.snippet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let speaker = RoomEventText.speaker(hit.from)
            return SafeText.line("\(clock(hit.at)) \(hit.room) \(hit.number) \(speaker): \(words)")
        }
    }

    /// What a person has to know of the answer to a search, a line each; see `RecordLines.remarks(on:)`.
    static func remarks(on reply: Index.SearchRooms.Reply) -> [String] {
        let count = Counted.words(reply.unread, "event")
        return RecordLines.remarks(reply.objection, reply.readings, isEmpty: reply.hits.isEmpty, what: "message")
            + (reply.unread > 0 ? ["the rooms are being read, \(count) to come; there may be more to find later"] : [])
    }

    /// A line for each room: its name, how many events it has, its budget, and its agents with what they do, and in
    /// which turn, unless they are idle.
    static func list(_ rooms: [RoomStatus]) -> [String] {
        rooms.map { room in
            let agents = room.roster.map { entry in
                let activity = entry.activity == .idle ? "" : " \(entry.activity.rawValue)"
                let turn = entry.turn.map { " (\($0))" } ?? ""
                return "@\(entry.agent)\(activity)\(turn)\(entry.muted ? " muted" : "")"
            }
            return SafeText.line(
                "\(room.room)  \(Counted.words(room.head, "event")), budget \(room.budgetLeft): "
                    + agents.joined(separator: ", "))
        }
    }
}
