import Configuration
import JSON
import LinuxSystem
import Runtime
import Services

/// A section of `mcp_servers`, as it is written.
struct ServerSection {
    /// The program and its arguments.
    var command: [String]
    /// Directories that it may read, and those that it may change.
    var reads: [String] = [], writes: [String] = []
    /// Hosts that it may reach.
    var hosts: [String] = []
    /// The variables that it is given: those of eggheadd's own without a value.
    var variables: [(name: String, value: String?)] = []

    /// The keys and their values.
    var fields: [(key: String, value: ConfigurationText.Value)] {
        typealias Member = ConfigurationText.Value.Member
        var fields: [(key: String, value: ConfigurationText.Value)] = [("command", .list(command))]
        let files = [("read", reads), ("write", writes)].filter { !$0.1.isEmpty }.map { Member($0.0, .list($0.1)) }
        if !files.isEmpty { fields.append(("fs", .mapping(files))) }
        if !hosts.isEmpty { fields.append(("net", .list(hosts))) }
        if !variables.isEmpty {
            let isNames = variables.allSatisfy { $0.value == nil }
            fields.append(
                (
                    "env",
                    isNames
                        ? .list(variables.map(\.name))
                        : .mapping(variables.map { Member($0.name, .text($0.value ?? "{env:\($0.name)}")) })
                ))
        }
        return fields
    }

    /// A command whose program is named by its absolute path.
    ///
    /// - Throws: `CommandFailure` when there is no such program.
    static func found(_ command: [String]) throws -> [String] {
        guard let program = command.first, !program.isEmpty else {
            throw CommandFailure(.usage, "a program and its arguments are missing; write them behind --")
        }
        if program.contains("/") { return [Files.absolute(program)] + command.dropFirst() }
        let path = (CurrentProcess.environment("PATH") ?? "/usr/bin:/bin").split(separator: ":")
        guard let place = path.map({ "\($0)/\(program)" }).first(where: Files.isExecutable) else {
            throw CommandFailure(.failure, "there is no program \(program) in PATH; name it by its absolute path")
        }
        return [place] + command.dropFirst()
    }
}

/// The MCP servers of another program's file.
struct ServerImport {
    /// In the order of their names.
    private(set) var servers: [(name: String, section: ServerSection)] = []
    /// What was not taken over, and why, on a line each.
    private(set) var problems: [String] = []

    /// Reads the file: `mcpServers` of `.mcp.json` and Claude's settings, `servers` of VS Code's `mcp.json`, or
    /// `mcp.servers` of its settings.
    ///
    /// - Throws: `CommandFailure` when it is none.
    init(_ bytes: [UInt8], file: String) throws {
        guard let root = try? JSON.decode(JSONValue.self, from: JSONComments.removed(from: bytes)) else {
            throw CommandFailure(.failure, "\(file) is not JSON")
        }
        let found = [root["mcpServers"], root["servers"], root["mcp"]?["servers"]].compactMap(\.self).first
        guard case .object(let members)? = found else {
            throw CommandFailure(
                .failure,
                "\(file) has no MCP servers: neither mcpServers, as .mcp.json and Claude's files have, nor "
                    + "servers, as VS Code's has")
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            do throws(Problem) {
                let fitting = try Self.name(name)
                if servers.contains(where: { $0.name == fitting }) {
                    throw Problem(reason: "another one is called \(fitting), too")
                }
                servers.append((fitting, try Self.section(value, &problems, name)))
            } catch {
                problems.append("\(name): left out: \(error.reason)")
            }
        }
    }

    private struct Problem: Error {
        let reason: String
    }

    /// A name that a section may have.
    private static func name(_ name: String) throws(Problem) -> String {
        let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
        let fitting = String(words.joined(separator: "-").prefix(24))
        guard NodeConfiguration.isServerName(fitting) else { throw Problem(reason: "its name has no letter") }
        return fitting
    }

    private static func section(
        _ value: JSONValue, _ problems: inout [String], _ name: String
    ) throws(Problem) -> ServerSection {
        guard case .object(let members) = value else { throw Problem(reason: "it is no object") }
        if case .bool(true)? = members["disabled"] { throw Problem(reason: "it is disabled") }
        guard let program = members["command"]?.string else {
            throw Problem(
                reason: members["url"] == nil ? "it has no command" : "it is at a url, which is not taken over")
        }
        var words = [program]
        if case .array(let items)? = members["args"] { words += items.compactMap(\.scalarText) }
        let command: [String]
        do { command = try ServerSection.found(words) } catch {
            throw Problem(reason: CommandFailure(error)?.message ?? "\(error)")
        }
        var section = ServerSection(command: command)
        for key in ["cwd", "envFile"] where members[key] != nil {
            problems.append("\(name): \(key) is not taken over")
        }
        if let reference = words.first(where: { $0.contains("${") }) {
            problems.append("\(name): \(reference) is written as it is; variables in arguments are not filled in")
        }
        guard case .object(let variables)? = members["env"] else { return section }
        for (variable, value) in variables.sorted(by: { $0.key < $1.key }) {
            guard let text = value.scalarText else { continue }
            section.variables.append((variable, try Self.secret(text, of: variable)))
            if text.contains(":-") { problems.append("\(name): the default of \(variable) is not taken over") }
            if !text.contains("${"), text.utf8.count >= 16 {
                problems.append("\(name): \(variable) is in config.yml now; if it is a key, write {file:PATH} instead")
            }
        }
        return section
    }

    /// `${NAME}` and `${env:NAME}` are variables of the environment there; a default behind `:-` is left out. What
    /// would be a place of a secret here, and is none there, is not taken over.
    private static func secret(_ text: String, of variable: String) throws(Problem) -> String {
        let reference = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}/
        let rest = text.replacing(reference, with: ""), words = text.prefix(80)
        if !SecretText(rest).sources.isEmpty {
            throw Problem(reason: "\(variable) is \(words), which would be a secret here")
        }
        if rest.contains("${") { throw Problem(reason: "\(variable) is \(words), which that program asks for") }
        return text.replacing(reference) { "{env:\($0.output.1)}" }
    }
}
