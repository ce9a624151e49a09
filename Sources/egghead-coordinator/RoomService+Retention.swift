import LinuxSystem
import Rooms
import Runtime
import Services

// What rooms need not keep any more: they are looked at after the start, each hour, when the settings change, and
// again after each part that went.
extension RoomService {
    /// Looks at the rooms in a moment, when those who wait were served.
    func trimSoon() { scheduleTrim(after: .seconds(1)) }

    private func scheduleTrim(after delay: Duration) {
        trimTimer?.cancel()
        trimTimer = process.loop.schedule(after: delay) { [unowned self] in trim() }
    }

    private func trim() {
        scheduleTrim(after: Self.trimInterval)
        guard outage == nil, !state.isTrimming else { return }
        let now = Clock.nanosecondsSince1970()
        for room in state.ledger.rooms where !untrimmed.contains(room.name) {
            let bound = RetentionBound(retention[room.name]) {
                Clock.timestamp(nanosecondsSince1970: max(0, now - Int64($0) * 86_400 * 1_000_000_000))
            }
            guard let bound else { continue }
            let events = room.due(bound, storage.history.read)
            // One room at a time: the others follow when the store has this part or has refused it.
            if !events.isEmpty { return step(.trimDue(room.name, events)) }
        }
        untrimmed = []
    }

    private static let trimInterval = Duration.seconds(3_600)

    /// Removes the files of a room that hold nothing any more that it keeps.
    func removeTrimmed(_ name: RoomName) {
        defer { trimSoon() }
        guard let room = state.ledger[name] else { return }
        do throws(SystemCallError) {
            try storage.history.removeTrimmed(room)
        } catch {
            process.log.warning("history.not_removed", ["error": "\(error)", "next": "with the next part that goes"])
        }
    }

    /// The store has refused what was to go from a room: the other rooms are looked at, and this one in an hour.
    func keepUntrimmed(_ room: RoomName, _ failure: ServiceFailure) {
        process.log.warning("room.not_trimmed", ["room": "\(room)", "error": failure.message, "next": "in an hour"])
        untrimmed.insert(room)
        trimSoon()
    }
}
