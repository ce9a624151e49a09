import ArgumentParser

/// `egghead serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs a node in the foreground.")

    @OptionGroup var place: Place

    func run() throws { try Sibling.execute("eggheadd", home: place.option) }
}
