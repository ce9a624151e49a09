import ArgumentParser
import Control
import Following
import Runtime
import Services
import Terminal

/// `egghead watch [ROOM]`
struct WatchRoom: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Prints a room's history and follows the room, also when processes restart.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Flag(name: .customLong("history"), help: "End after the history.") var endsAfterHistory = false
    @Argument(help: "The room; the default one when it is left out.") var room: String?

    func validate() throws {
        guard let room, RoomName(rawValue: room) == nil else { return }
        throw ValidationError("a room's name is letters, digits, - and _, up to 64: \(room.prefix(80))")
    }

    func run() throws {
        let session = try NodeSession(place)
        var feed: RoomFeed?, patience: Timer?, isAnswered = false
        session.tellsWait(for: .coordinator) { isAnswered }
        func expectMore() {
            guard endsAfterHistory else { return }
            patience?.cancel()
            patience = session.loop.schedule(after: NodeSession.answerWait) {
                let reason = "reading the history: nothing came for 10 s; `egghead ps` shows what is down"
                session.fail(ServiceFailure(.unavailable, reason))
            }
        }
        let follow = { (room: RoomName) in
            let new = RoomFeed(session.bus, session.loop, room: room, after: 0) { events in
                isAnswered = true
                show(events)
                expectMore()
            }
            new.onComplete = {
                isAnswered = true
                if endsAfterHistory { session.end() }
            }
            new.onRefused = { session.fail($0) }
            feed = new
        }
        expectMore()
        if let room = room.flatMap(RoomName.init(rawValue:)) {
            follow(room)
        } else {
            findDefaultRoom(session, then: follow)
        }
        try session.run()
        withExtendedLifetime(feed) {}
    }

    /// Asks for the rooms until the coordinator answers. Without a room the command ends.
    private func findDefaultRoom(_ session: NodeSession, then follow: @escaping (RoomName) -> Void) {
        session.bus.request(
            Coordinator.Rooms.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline
        ) { result in
            switch result {
            case .success(let reply):
                if let room = reply.defaultRoom { follow(room) } else { session.end() }
            case .failure(let failure): session.fail(failure)
            }
        }
    }

    private func show(_ events: [RoomEvent]) {
        if format.isJSON { return Output.print(jsonLines: events) }
        Output.print(events.map { RoomEventText.plain($0, time: LocalClock.dateAndMinute($0.at)) })
    }
}
