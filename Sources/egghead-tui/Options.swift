import Runtime
import Services

/// The command line of egghead-tui.
struct Options {
    /// `--home DIR`.
    var home: String?
    /// The room; nil is the default room.
    var room: RoomName?

    /// The text that `--help` prints.
    static let help = """
        usage: egghead-tui [--home DIR] [ROOM]

        Attaches this terminal to a room of a running node. Leaving it disturbs nothing.

          --home DIR   the node under DIR
          --help       print this and exit
          --version    print the version and exit
        """

    /// Parses the arguments. The process exits with status 64 after a wrong one, and with 0 after `--help` and
    /// `--version`.
    static func parse(_ arguments: [String]) -> Options {
        var options = Options()
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "--home":
                guard let value = rest.popFirst(), !value.isEmpty else { refuse("--home wants a directory") }
                options.home = value
            case "--help", "-h":
                print(help)
                ExitStatus.success.exit()
            case "--version":
                print(Release.line(of: "egghead-tui"))
                ExitStatus.success.exit()
            case _ where argument.hasPrefix("-") || options.room != nil:
                refuse("egghead-tui knows no argument \(argument)")
            case _:
                guard let room = RoomName(rawValue: argument) else {
                    refuse("\(argument.prefix(RoomName.bytesMax)): \(RoomName.requirement)")
                }
                options.room = room
            }
        }
        return options
    }

    private static func refuse(_ message: String) -> Never { Ending.now(.usage, "\(message); see egghead-tui --help") }
}
