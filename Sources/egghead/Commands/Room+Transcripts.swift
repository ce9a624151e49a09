import ArgumentParser
import Control
import Services
import Terminal

extension Room {
    /// The deadline for the coordinator to write or read a transcript: each of its parts is written to the disk.
    fileprivate static let transcriptWait = Duration.seconds(120)

    /// `egghead room save ROOM`
    struct Save: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the room's transcript as records, and prints their ids.")
        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The room.") var room: String

        func run() throws { try Room.ask(Coordinator.Save.self, room, place, format) }
    }

    /// `egghead room drop ROOM`
    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Saves the room and closes it; prints the records' ids.")
        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The room.") var room: String

        func run() throws { try Room.ask(Coordinator.Drop.self, room, place, format) }
    }

    /// `egghead room join RECORD`
    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a saved room again, with all its messages; prints its name.")
        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The id of its record, or of any of them when there are several.") var record: RecordID

        func run() throws {
            // The id that several records have in common is the id of none.
            let named = try? NodeSession.ask(Store.Get.self, .init(id: record), of: place).summary
            if let named, named.recordClass != .transcript {
                let advice = "`egghead recent --class transcript` lists the transcripts"
                throw CommandFailure(.usage, "join \(record): it is no transcript of a room; \(advice)")
            }
            let request = Coordinator.Join.Request(request: RequestID.make(), record: record)
            let reply = try NodeSession.ask(Coordinator.Join.self, request, of: place, wait: Room.transcriptWait)
            if format.isJSON { return Output.print(json: reply) }
            Output.print(SafeText.line("\(reply.room)"))
        }
    }

    fileprivate static func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ room: String, _ place: Place, _ format: Format
    ) throws where Operation.Request == Coordinator.RoomRequest, Operation.Reply == Coordinator.TranscriptReply {
        let request = Coordinator.RoomRequest(
            request: RequestID.make(), room: try RoomName(typed: room, Operation.name))
        let reply = try NodeSession.ask(operation, request, of: place, wait: transcriptWait)
        if format.isJSON { return Output.print(json: reply) }
        for record in reply.records { Output.print(SafeText.line("\(record)")) }
    }
}
