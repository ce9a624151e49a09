import Configuration
import LinuxSystem
import Runtime

/// A section of `mcp_servers`, as it is written.
struct ServerSection {
    /// The program and its arguments; none for a server that is elsewhere.
    var command: [String] = []
    /// Where a server is that is elsewhere, and the header fields that it is sent.
    var url: String?
    var headers: [(name: String, value: String)] = []
    /// Directories that it may read, and those that it may change.
    var reads: [String] = [], writes: [String] = []
    /// Hosts that it may reach.
    var hosts: [String] = []
    /// The variables that it is given: those of eggheadd's own without a value.
    var variables: [(name: String, value: String?)] = []

    /// The keys and their values.
    var fields: [(key: String, value: ConfigurationText.Value)] {
        typealias Member = ConfigurationText.Value.Member
        if let url {
            let headers = self.headers.map { Member($0.name, .text($0.value)) }
            return [("url", .text(url))] + (headers.isEmpty ? [] : [("headers", .mapping(headers))])
        }
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
