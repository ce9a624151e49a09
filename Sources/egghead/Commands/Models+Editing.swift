import ArgumentParser
import Configuration
import Control
import Glibc
import LinuxSystem
import Runtime
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
            guard RoomName(rawValue: name) != nil else {
                throw ValidationError("a provider's name is letters, digits, - and _, up to 64: \(name.prefix(80))")
            }
            if keyVariable != nil, keyFile != nil { throw ValidationError("one place for the key is enough") }
        }

        func run() throws {
            var fields: [(key: String, value: String)] = []
            for (key, value) in [("preset", preset), ("api", api), ("url", url), ("model", model)] {
                if let value { fields.append((key, value)) }
            }
            if let keyVariable { fields.append(("key", "{env:\(keyVariable)}")) }
            if let keyFile { fields.append(("key", "{file:\(try Self.checked(Files.absolute(keyFile)))}")) }
            try ConfigurationEdit(place).apply { text, before in
                guard !before.names.contains(name) else {
                    throw CommandFailure(.failure, "there is a provider \(name) already; edit it in config.yml")
                }
                let others = before.names.isEmpty ? vendorsInUse() : []
                let isPossible = (others + [name]).allSatisfy { text.add(provider: $0, $0 == name ? fields : []) }
                return isPossible ? before.names.union(others + [name]) : nil
            }
        }

        /// The path of a file with a key. One that this user may not read is the node's to read.
        ///
        /// - Throws: `CommandFailure` when there is no such file, or no key in it.
        static func checked(_ keyFile: String) throws -> String {
            let bytes: [UInt8]
            do throws(SystemCallError) {
                bytes = try Files.read(keyFile, limit: Self.keyBytesMax)
            } catch {
                guard error.errno == ENOENT || error.errno == ENOTDIR else { return keyFile }
                throw CommandFailure(
                    .failure, "--key-file \(keyFile): there is no such file; write the key to it first, mode 600")
            }
            if let objection = KeySource.objection(toKey: KeySource.key(String(decoding: bytes, as: UTF8.self))) {
                throw CommandFailure(.failure, "--key-file \(keyFile): \(objection)")
            }
            return keyFile
        }

        private static let keyBytesMax = 16 << 10

        /// The vendors that a node without configured providers has found by their keys. They stay in use.
        private func vendorsInUse() -> [String] {
            let reply = try? NodeSession.ask(Gateway.Providers.self, Empty(), of: place, wait: .seconds(3))
            let names = (reply?.providers ?? []).filter { $0.vendor == $0.name && !$0.isLocal }.map(\.name)
            if reply?.providers.contains(where: \.isLocal) == true {
                Output.complain("the small model on this machine is not used any more: there is a provider now")
            }
            return names.filter { $0 != name }
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
                guard before.names.contains(name) else {
                    let known = before.names.isEmpty ? "none" : before.names.sorted().joined(separator: ", ")
                    throw CommandFailure(.failure, "there is no provider \(name) in config.yml, which has \(known)")
                }
                return text.remove(provider: name) ? before.names.subtracting([name]) : nil
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
    /// the node read it. What the node refuses is taken back.
    ///
    /// - Parameter change: Changes the text, and returns the names of the providers that are to be there afterwards;
    ///   nil when the text has no place for the change.
    func apply(_ change: (inout ConfigurationText, NodeConfiguration) throws -> Set<String>?) throws {
        let named = try path(), bytes = try content(of: named)
        // What the file is a link to is changed, and not the link.
        let path = bytes == nil ? named : try Files.resolved(named)
        guard let old = String(validating: bytes ?? [], as: UTF8.self) else {
            throw CommandFailure(.failure, "\(path) is not UTF-8; edit it by hand")
        }
        let before = try configuration(old, path)
        var text = ConfigurationText(old)
        let names = try change(&text, before)
        let after: NodeConfiguration
        do throws(ConfigurationError) {
            after = try configuration(text.text, path)
            let problems = after.unusable.filter { before.unusable[$0.key] == nil }.flatMap(\.value)
            if !problems.isEmpty { throw ConfigurationError(problems) }
        } catch {
            let problems = error.problems.map(\.message).joined(separator: "; ")
            throw CommandFailure(
                .configuration, "\(path) is as it was; with this change it would be wrong: \(problems)")
        }
        guard let names, Self.differ(before, after, onlyIn: names) else {
            throw CommandFailure(
                .failure, "\(path) is written in a way that this command cannot change; edit it by hand")
        }
        try Files.makeDirectories(Files.split(path).directory)
        try Files.replaceKeepingOwner(path, with: Array(text.text.utf8))
        do {
            _ = try NodeSession.control(Supervisor.Reload.self, Empty(), of: place)
        } catch  where CommandFailure(error)?.status == .unavailable {
            Output.complain("\(path) is changed; no node runs that could read it now")
        } catch {
            if let bytes { try Files.replaceKeepingOwner(path, with: bytes) } else { try Files.remove(path) }
            throw CommandFailure(.failure, "\(path) is as it was: \(CommandFailure(error)?.message ?? "\(error)")")
        }
    }

    /// The file that the node has read, or that one would read.
    private func path() throws -> String {
        if let node = try? NodeSession.control(Supervisor.Node.self, Empty(), of: place) { return node.configFile }
        if place.home.isConfigLinkBroken {
            throw CommandFailure(.failure, "\(place.home.configFile) is a link to a file that there is not; correct it")
        }
        return place.home.configFile
    }

    /// Nil when there is no such file.
    private func content(of path: String) throws(SystemCallError) -> [UInt8]? {
        do throws(SystemCallError) {
            return try Files.read(path, limit: Self.fileBytesMax)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
            throw error
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
        guard second.names == names, Set(second.unusable.keys) == unusable else { return false }
        first.providers.removeAll { !kept.contains($0.settings.name) }
        second.providers.removeAll { !kept.contains($0.settings.name) }
        (first.defaultProvider, second.defaultProvider) = (nil, nil)
        (first.unusable, second.unusable) = ([:], [:])  // their lines may be others now
        return first == second
    }
}

extension NodeConfiguration {
    /// The names of its providers, of those that are out too.
    fileprivate var names: Set<String> { Set(providers.map(\.settings.name)).union(unusable.keys) }
}
