import Configuration
import JSON
import Services

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
        guard let program = members["command"]?.string else { return try elsewhere(members, &problems, name) }
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
        section.variables = try secrets(members["env"], &problems, name).map { ($0.name, $0.value) }
        return section
    }

    /// A server at a URL: `url` and `headers`, in some files with a `type`.
    private static func elsewhere(
        _ members: [String: JSONValue], _ problems: inout [String], _ name: String
    ) throws(Problem) -> ServerSection {
        guard let url = members["url"]?.string ?? members["serverUrl"]?.string else {
            throw Problem(reason: "it has neither a command nor a url")
        }
        if (members["type"] ?? members["transport"])?.string == "sse" {
            throw Problem(reason: "it speaks HTTP with SSE of 2024-11-05; ask its maker for Streamable HTTP")
        }
        if url.contains("${") { throw Problem(reason: "its url is \(url.prefix(80)), which is to be filled in") }
        var section = ServerSection()
        section.url = url
        section.headers = try secrets(members["headers"], &problems, name)
        return section
    }

    /// Variables or header fields, whose values may be secrets.
    private static func secrets(
        _ value: JSONValue?, _ problems: inout [String], _ name: String
    ) throws(Problem) -> [(name: String, value: String)] {
        guard case .object(let members)? = value else { return [] }
        var found: [(name: String, value: String)] = []
        for (member, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let text = value.scalarText else { continue }
            found.append((member, try secret(text, of: member)))
            if text.contains(":-") { problems.append("\(name): the default of \(member) is not taken over") }
            if !text.contains("${"), text.utf8.count >= 16 {
                problems.append("\(name): \(member) is in config.yml now; if it is a key, write {file:PATH} instead")
            }
        }
        return found
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
