import ArgumentParser
import Control
import Runtime
import Services

/// `--home`, which every command has.
struct Place: ParsableArguments {
    @Option(name: .customLong("home"), help: ArgumentHelp("The node under this directory.", valueName: "dir"))
    var option: String?

    /// The node's directories.
    var home: Home { Home.find(option: option) }
}

/// `--json`, which every command has whose output a program might read.
struct Format: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON.")
    var isJSON = false
}
