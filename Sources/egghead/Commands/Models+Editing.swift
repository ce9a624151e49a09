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
            var fields: [(key: String, value: ConfigurationText.Value)] = []
            for (key, value) in [("preset", preset), ("api", api), ("url", url), ("model", model)] {
                if let value { fields.append((key, .text(value))) }
            }
            if let keyVariable { fields.append(("key", .text("{env:\(keyVariable)}"))) }
            if let keyFile { fields.append(("key", .text("{file:\(try Self.checked(Files.absolute(keyFile)))}"))) }
            try ConfigurationEdit(place, .providers).apply { text, before in
                guard !before.names(of: .providers).contains(name) else {
                    throw CommandFailure(.failure, "there is a provider \(name) already; edit it in config.yml")
                }
                let others = before.names(of: .providers).isEmpty ? vendorsInUse() : []
                let isPossible = (others + [name]).allSatisfy { text.add($0, $0 == name ? fields : []) }
                return isPossible ? before.names(of: .providers).union(others + [name]) : nil
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
            try ConfigurationEdit(place, .providers).apply { text, before in
                guard before.names(of: .providers).contains(name) else {
                    let known =
                        before.names(of: .providers).isEmpty
                        ? "none" : before.names(of: .providers).sorted().joined(separator: ", ")
                    throw CommandFailure(.failure, "there is no provider \(name) in config.yml, which has \(known)")
                }
                return text.remove(name) ? before.names(of: .providers).subtracting([name]) : nil
            }
        }
    }
}
