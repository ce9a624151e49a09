import ArgumentParser
import Configuration
import Control
import LinuxSystem
import Services

extension Models {
    /// `egghead llm add NAME`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a provider to config.yml, and has the node read it.",
            discussion: """
                The name of a vendor or model server that is known is enough, with its key in the usual variable: see \
                docs/models.md. A key is never an argument, which everybody can see in ps: name a variable or a file \
                that holds it.
                """)

        @OptionGroup var place: Place
        @Argument(help: "The provider's name.") var name: String
        @Option(help: "The vendor or model server that defaults are taken from; the name when left out.")
        var preset: String?
        @Option(help: "What it speaks: chat-completions, responses, anthropic or gemini.") var api: String?
        @Option(help: "The base URL of its API.") var url: String?
        @Option(help: "The model for agents that name none.") var model: String?
        @Option(name: .customLong("key-variable"), help: "The variable of eggheadd's environment with its key.")
        var keyVariable: String?
        @Option(name: .customLong("key-file"), help: "The file with its key.") var keyFile: String?

        func validate() throws {
            if keyVariable != nil, keyFile != nil { throw ValidationError("one place for the key is enough") }
        }

        func run() throws {
            var fields: [(key: String, value: ConfigurationText.Value)] = []
            for (key, value) in [("preset", preset), ("api", api), ("url", url), ("model", model)] {
                if let value { fields.append((key, .text(value))) }
            }
            if let keyVariable { fields.append(("key", .text("{env:\(keyVariable)}"))) }
            if let keyFile { fields.append(("key", .text("{file:\(Files.absolute(keyFile))}"))) }
            try ConfigurationEdit(place).apply { text, before in
                guard !before.contains(name) else {
                    throw CommandFailure(.failure, "there is a provider \(name) already; edit it in config.yml")
                }
                return text.add(provider: name, fields) ? before + [name] : nil
            }
        }
    }

    /// `egghead llm remove NAME`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a provider from config.yml, and has the node read it.")

        @OptionGroup var place: Place
        @Argument(help: "The provider's name.") var name: String

        func run() throws {
            try ConfigurationEdit(place).apply { text, before in
                guard before.contains(name) else {
                    let known = before.isEmpty ? "none" : before.joined(separator: ", ")
                    throw CommandFailure(.failure, "there is no provider \(name) in config.yml, which has \(known)")
                }
                return text.remove(provider: name) ? before.filter { $0 != name } : nil
            }
        }
    }
}

/// A change of `config.yml` that leaves its comments and everything else as they are.
private struct ConfigurationEdit {
    private let place: Place

    init(_ place: Place) { self.place = place }

    private static let fileBytesMax = 1 << 20

    /// Changes the file when what comes out has the providers that are wanted and everything else as before, and has
    /// the node read it.
    ///
    /// - Parameter change: Changes the text, and returns the names of the providers that are to be there afterwards;
    ///   nil when the text has no place for the change.
    func apply(_ change: (inout ConfigurationText, [String]) throws -> [String]?) throws {
        let path = place.home.configFile, isThere = (try? Files.status(path)) != nil
        let old = isThere ? String(decoding: try Files.read(path, limit: Self.fileBytesMax), as: UTF8.self) : ""
        let before = try configuration(old, path)
        var text = ConfigurationText(old)
        let names = try change(&text, before.names)
        let after = try configuration(text.text, path)
        let problems = after.unusable.filter { before.unusable[$0.key] == nil }.flatMap(\.value)
        if !problems.isEmpty { throw ConfigurationError(problems) }
        guard let names, Self.differ(before, after, onlyIn: Set(names)) else {
            throw CommandFailure(
                .failure, "\(path) is written in a way that this command cannot change; edit it by hand")
        }
        try Files.makeDirectories(Files.split(path).directory)
        try Files.replace(path, with: Array(text.text.utf8), mode: 0o600)
        do {
            _ = try NodeSession.control(Supervisor.Reload.self, Empty(), of: place)
        } catch  where CommandFailure(error)?.status == .unavailable {
            Output.complain("\(path) is changed; no node runs that could read it now")
        }
    }

    private func configuration(_ text: String, _ path: String) throws(ConfigurationError) -> NodeConfiguration {
        try NodeConfiguration(yaml: text, path: path, isExecutable: Files.isExecutable)
    }

    /// Whether the second configuration has the providers of these names, those of the first as they were, and
    /// everything else too.
    private static func differ(
        _ first: NodeConfiguration, _ second: NodeConfiguration, onlyIn names: Set<String>
    ) -> Bool {
        let kept = names.intersection(first.providers.map(\.settings.name))
        let unusable = names.intersection(first.unusable.keys)
        var (first, second) = (first, second)
        guard Set(second.names) == names, Set(second.unusable.keys) == unusable else { return false }
        first.providers.removeAll { !kept.contains($0.settings.name) }
        second.providers.removeAll { !kept.contains($0.settings.name) }
        (first.defaultProvider, second.defaultProvider) = (nil, nil)
        (first.unusable, second.unusable) = ([:], [:])  // their lines may be others now
        return first == second
    }
}

extension NodeConfiguration {
    /// The names of its providers, of those that are out too.
    fileprivate var names: [String] { providers.map(\.settings.name) + unusable.keys.sorted() }
}
