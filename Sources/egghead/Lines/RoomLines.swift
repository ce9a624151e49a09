import Services
import Terminal

/// What `egghead rooms` prints.
enum RoomLines {
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
