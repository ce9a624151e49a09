import ArgumentParser
import Control
import Services

/// `egghead room invite|kick|mute|unmute ROOM AGENT`, `egghead room continue|save|drop ROOM`,
/// `egghead room join RECORD`
struct Room: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Changes who is in a room, lets it continue, saves, closes and restores it.",
        subcommands: [Invite.self, Kick.self, Mute.self, Unmute.self, Continue.self, Save.self, Drop.self, Join.self])

    /// The arguments of the subcommands that concern one agent in one room.
    struct Member: ParsableArguments {
        @Argument(help: "The room.") var room: String
        @Argument(help: "The agent, as a mention names it.") var agent: String
    }

    /// Has the coordinator change a room.
    ///
    /// - Throws: What it refuses.
    static func ask(
        _ change: Coordinator.Manage.Change, _ room: String, _ agent: String?, _ place: Place
    ) throws {
        let request = Coordinator.Manage.Request(
            request: RequestID.make(), room: try RoomName(typed: room, "\(change.rawValue) in"), change: change,
            agent: agent?.withoutMentionSign)
        _ = try NodeSession.ask(Coordinator.Manage.self, request, of: place)
    }

    /// `egghead room invite ROOM AGENT`
    struct Invite: MemberCommand {
        static let change = Coordinator.Manage.Change.invite
        static let configuration = CommandConfiguration(abstract: "Brings an agent back into the room.")
        @OptionGroup var place: Place
        @OptionGroup var member: Member
    }

    /// `egghead room kick ROOM AGENT`
    struct Kick: MemberCommand {
        static let change = Coordinator.Manage.Change.kick
        static let configuration = CommandConfiguration(
            abstract: "Sends an agent away: its turns in the room end, and it forgets what was said.")
        @OptionGroup var place: Place
        @OptionGroup var member: Member
    }

    /// `egghead room mute ROOM AGENT`
    struct Mute: MemberCommand {
        static let change = Coordinator.Manage.Change.mute
        static let configuration = CommandConfiguration(
            abstract: "Keeps open messages from an agent; its name and @everyone still reach it.")
        @OptionGroup var place: Place
        @OptionGroup var member: Member
    }

    /// `egghead room unmute ROOM AGENT`
    struct Unmute: MemberCommand {
        static let change = Coordinator.Manage.Change.unmute
        static let configuration = CommandConfiguration(abstract: "Lets open messages reach an agent again.")
        @OptionGroup var place: Place
        @OptionGroup var member: Member
    }

    /// `egghead room continue ROOM`
    struct Continue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets agents continue that wait for a person because the budget is used up.")
        @OptionGroup var place: Place
        @Argument(help: "The room.") var room: String

        func run() throws { try Room.ask(.continue, room, nil, place) }
    }
}

/// The common part of the subcommands of `room` that concern an agent: the change that they request.
protocol MemberCommand: ParsableCommand {
    /// The change that the command requests.
    static var change: Coordinator.Manage.Change { get }
    /// The node.
    var place: Place { get }
    /// The room and the agent.
    var member: Room.Member { get }
}

extension MemberCommand {
    func run() throws { try Room.ask(Self.change, member.room, member.agent, place) }
}
