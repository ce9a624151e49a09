import Glibc
import LinuxSystem
import Runtime
import Services

/// The command line of eggheadd.
struct Options: Hashable {
    /// `--home DIR`, made absolute.
    var home: String?
    /// `--tree FILE`.
    var treeFile: String?
    /// `--events FILE`.
    var eventsFile: String?
    /// `--cgroup PATH`.
    var cgroup: String?
    /// `--print-tree`.
    var printTree = false
    /// `--help`, `--version`.
    var showsHelp = false, showsVersion = false

    static let help = """
        usage: eggheadd [--home DIR] [--tree FILE] [--events FILE] [--cgroup PATH] [--print-tree]

        Runs Egghead's processes, or those of a tree file, and restarts them as Erlang/OTP's supervisor would.

          --home DIR      keep everything under DIR: config.yml, records/, state/, run/
          --tree FILE     run the tree in FILE instead of the built-in one
          --events FILE   append every lifecycle event to FILE, a JSON object a line
          --cgroup PATH   keep each child in a cgroup of its own below PATH, of cgroup v2
          --print-tree    print the built-in tree and exit
          --version       print the version and exit
          --help          print this and exit
        """

    /// Reads the arguments; wrong ones end the process with status 64, `--help` and `--version` with 0.
    static func parse(_ arguments: [String]) -> Options {
        do throws(UsageError) {
            let options = try read(arguments)
            if options.showsHelp || options.showsVersion {
                print(options.showsHelp ? help : Release.line(of: "eggheadd"))
                ExitStatus.success.exit()
            }
            return options
        } catch {
            let line = Array("\(error.message); see eggheadd --help\n".utf8)
            write(2, line, line.count)
            ExitStatus.usage.exit()
        }
    }

    /// Reads the arguments, up to a `--help` or `--version`.
    ///
    /// - Parameter arguments: The first is the program's name.
    /// - Throws: The error in the first wrong argument.
    static func read(_ arguments: [String]) throws(UsageError) -> Options {
        var options = Options()
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "--home": options.home = Files.absolute(try value(of: argument, &rest))
            case "--tree": options.treeFile = try value(of: argument, &rest)
            case "--events": options.eventsFile = try value(of: argument, &rest)
            case "--cgroup": options.cgroup = Files.absolute(try value(of: argument, &rest))
            case "--print-tree": options.printTree = true
            case "--help", "-h":
                options.showsHelp = true
                return options
            case "--version":
                options.showsVersion = true
                return options
            case _: throw UsageError(message: "eggheadd knows no argument \(argument)")
            }
        }
        return options
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else { throw UsageError(message: "\(option) needs a value") }
        return value
    }
}

/// An error in a command line.
struct UsageError: Error, Hashable {
    /// The error in words, without the hint at `--help`.
    let message: String
}
