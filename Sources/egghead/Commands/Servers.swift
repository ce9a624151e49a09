import ArgumentParser
import Configuration
import LinuxSystem
import Services

/// `egghead mcp …`: the MCP servers whose tools agents may call.
struct Servers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "MCP servers for agents, and this node as one for other programs.",
        subcommands: [List.self, Show.self, Who.self, Add.self, Remove.self, Import.self, Login.self, Serve.self],
        defaultSubcommand: List.self)

    /// `egghead mcp list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the servers with their state, their tools and what an agent needs to call them.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format

        func run() throws {
            let children = try NodeSession.ask(Supervisor.List.self, Empty(), of: place).children
            let servers = try NodeSession.ask(Toolbox.Servers.self, .init(), of: place).servers
            if format.isJSON { return Output.print(json: servers) }
            Output.print(ServerLines.list(children, servers))
        }
    }

    /// `egghead mcp show SERVER`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints what a server may do, and its tools with what it claims of them.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The server's name in config.yml.") var server: String

        func run() throws {
            let found = try Servers.description(of: server, place)
            if format.isJSON { return Output.print(json: found) }
            Output.print(ServerLines.show(found))
        }
    }

    /// `egghead mcp who SERVER`
    struct Who: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which agents may call a server's tools, and why the others may not.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The server's name in config.yml.") var server: String

        func run() throws {
            let found = try Servers.description(of: server, place)
            let reply = try NodeSession.ask(Toolbox.ServerUse.self, .init(server: server), of: place)
            if format.isJSON { return Output.print(json: reply.agents) }
            Output.print(ServerLines.use(of: found, reply.agents))
        }
    }

    /// The server of a name.
    ///
    /// - Throws: Why it has no tools now.
    fileprivate static func description(of server: String, _ place: Place) throws -> ServerDescription {
        let servers = try NodeSession.ask(Toolbox.Servers.self, .init(server: server), of: place).servers
        if let found = servers.first { return found }
        let name = Principal.server(server).rawValue
        let children = try NodeSession.ask(Supervisor.List.self, Empty(), of: place).children
        guard let child = children.first(where: { $0.name == name }) else {
            let known = children.compactMap { Principal(rawValue: $0.name)?.server }
            let hint = NearestName.hint(for: server, among: known)
            throw ServiceFailure(
                .notFound, "there is no MCP server \(server) in config.yml\(hint.isEmpty ? "; see egghead mcp" : hint)")
        }
        let reason = ServerLines.reason(child).map { ": \($0.onOneLine)" } ?? ""
        throw ServiceFailure(
            .unavailable, "the MCP server \(server) is \(child.word), without tools\(reason); see egghead logs \(name)")
    }
}

extension Servers {
    /// `egghead mcp add NAME -- COMMAND …`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a server to config.yml, and has the node start it.",
            discussion: """
                Behind -- stand the program and its arguments. It runs in a sandbox: it has the directories, hosts and \
                variables that are named here, and nothing else. A server elsewhere has a URL instead. Examples:
                  egghead mcp add git --read /srv/app -- /opt/mcp/bin/mcp-server-git --repository /srv/app
                  egghead mcp add wiki --url https://wiki.example.org/mcp --header 'Authorization: Bearer {cred:wiki}'
                """)

        @OptionGroup var place: Place
        @Argument(help: "The server's name.") var name: String
        @Option(name: .customLong("read"), help: "A directory that it may read; may be given again.")
        var reads: [String] = []
        @Option(name: .customLong("write"), help: "A directory that it may change; may be given again.")
        var writes: [String] = []
        @Option(name: .customLong("host"), help: "A host that it may reach; may be given again.")
        var hosts: [String] = []
        @Option(name: .customLong("variable"), help: "A variable of eggheadd's environment that it is given.")
        var variables: [String] = []
        @Option(help: "Where a server is that is elsewhere.") var url: String?
        @Option(name: .customLong("header"), help: "A header field that it is sent, NAME: VALUE; may be given again.")
        var headers: [String] = []
        @Argument(help: "The program and its arguments.") var command: [String] = []

        func validate() throws {
            let isElsewhere = url != nil, isProgram = !command.isEmpty
            guard isElsewhere != isProgram else {
                throw ValidationError("a server is a program behind --, or has a --url, and not both")
            }
            if isElsewhere, !(reads + writes + hosts + variables).isEmpty {
                throw ValidationError("a server at a --url runs elsewhere: it has no files, hosts or variables here")
            }
            guard isElsewhere || headers.isEmpty else { throw ValidationError("only a --url has a --header") }
            for header in headers where !header.contains(":") {
                throw ValidationError("a header is written NAME: VALUE: \(header.prefix(80))")
            }
            guard NodeConfiguration.isServerName(name) else {
                throw ValidationError("a server's name is up to 24 letters, digits and -: \(name.prefix(80))")
            }
        }

        func run() throws {
            var section = ServerSection()
            if url == nil { section.command = try ServerSection.found(command) }
            section.url = url
            section.headers = headers.map { header in
                let parts = header.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts.last?.drop { $0 == " " } ?? ""))
            }
            section.reads = reads.map(Files.absolute)
            section.writes = writes.map(Files.absolute)
            section.hosts = hosts
            section.variables = variables.map { ($0, nil) }
            try ConfigurationEdit(place, .servers).apply { text, before in
                let names = before.names(of: .servers)
                guard !names.contains(name) else {
                    throw CommandFailure(.failure, "there is an MCP server \(name) already; edit it in config.yml")
                }
                return text.add(name, section.fields) ? names.union([name]) : nil
            }
            if (try? place.home.requireNode()) != nil { try ServerWait.run(for: name, place) }
        }
    }

    /// `egghead mcp remove NAME`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a server from config.yml, and has the node end it.")

        @OptionGroup var place: Place
        @Argument(help: "The server's name.") var name: String

        func run() throws {
            try ConfigurationEdit(place, .servers).apply { text, before in
                let names = before.names(of: .servers)
                guard names.contains(name) else {
                    let known = names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
                    throw CommandFailure(.failure, "there is no MCP server \(name) in config.yml, which has \(known)")
                }
                return text.remove(name) ? names.subtracting([name]) : nil
            }
        }
    }

    /// `egghead mcp import FILE`
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes over the MCP servers of another program's file: .mcp.json, Claude's or VS Code's.",
            discussion: """
                A server gets its command and its variables. Directories and hosts no such file tells: name them in \
                config.yml afterwards.
                """)

        @OptionGroup var place: Place
        @Argument(help: "The file.") var file: String

        private static let fileBytesMax = 1 << 20

        func run() throws {
            let bytes = try Files.read(file, limit: Self.fileBytesMax)
            let imported = try ServerImport(bytes, file: file)
            var added: [String] = []
            try ConfigurationEdit(place, .servers).apply { text, before in
                let names = before.names(of: .servers)
                for (name, section) in imported.servers where !names.contains(name) {
                    guard text.add(name, section.fields) else { return nil }
                    added.append(name)
                }
                return names.union(added)
            }
            Output.print(
                imported.servers.map { name, _ in
                    added.contains(name) ? "\(name): added" : "\(name): there already, left as it is"
                } + imported.problems)
        }
    }
}

extension Servers {
    /// `egghead mcp login SERVER`
    struct Login: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Logs the node in at a server elsewhere that wants that (OAuth).",
            discussion: """
                It prints an address for your browser, and waits until it comes back. If that is on another machine, \
                paste what it shows in its address bar in the end, or the code.
                """)

        @OptionGroup var place: Place
        @Argument(help: "The server's name in config.yml.") var server: String

        func run() throws {
            try LoginWait.run(for: server, place)
            try ServerWait.run(for: server, place)
        }
    }

    /// `egghead mcp serve`
    struct Serve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serves this node over MCP on standard input and output, in your name.",
            discussion: """
                A program such as an editor or a coding agent starts it. It can search, read and change notes, ask \
                agents and speak in rooms as you can, and cannot approve what agents ask for.
                """)

        @OptionGroup var place: Place

        func run() throws { try StandardDoor(try NodeSession(place)).run() }
    }
}
