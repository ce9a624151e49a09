import ArgumentParser
import Control
import Runtime
import Services

/// The option `--home` of all commands.
struct Place: ParsableArguments {
    @Option(name: .customLong("home"), help: ArgumentHelp("The node under this directory.", valueName: "dir"))
    var option: String?

    /// The directories of the node that the command uses.
    var home: Home { Home.find(option: option) }
}

/// The option `--json` of all commands whose output a program may read.
struct Format: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON.")
    var isJSON = false
}
