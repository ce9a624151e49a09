import Services

extension NodeConfiguration {
    private static let serverKeys = [
        "command", "url", "headers", "oauth", "fs", "net", "env", "requires", "timeout",
    ]
    /// What a server elsewhere has of its own, and what the sandbox of a program needs.
    private static let addressKeys = ["headers", "oauth"], programKeys = ["fs", "net", "env"]
    /// What an agent may wait for.
    private static let timeoutRange = Duration.seconds(1)...Duration.seconds(3_600)

    /// Reads `mcp_servers`. A server whose section is wrong is out, and the others are not.
    mutating func readServers(_ node: YAMLNode, _ reader: YAMLReader, _ isExecutable: (String) -> Bool) {
        for (name, node) in node.mapping(known: nil, keepsEmpty: true).members {
            var server: MCPServerSettings?
            let problems = reader.problems { server = Self.server(name, node, isExecutable) }
            if problems.isEmpty, let server {
                servers.append(server)
            } else {
                unusableServers[name] = problems
                // What it names stays a secret while the section is wrong.
                secretsOfUnusableServers += server?.secrets ?? []
            }
        }
    }

    private static func server(
        _ name: String, _ node: YAMLNode, _ isExecutable: (String) -> Bool
    ) -> MCPServerSettings? {
        if !isServerName(name) {
            node.report("a server's name is letters, digits, - and single _ between them, up to \(nameMax)")
        }
        let keys = node.mapping(known: serverKeys)
        var server = MCPServerSettings(name: name)
        switch (keys["command"], keys["url"]) {
        case (let command?, nil):
            server.command = words(command, isExecutable)
            for key in addressKeys { keys[key]?.report("a program has no \(key); url has") }
        case (nil, let url?):
            server.address = address(url, keys["headers"], keys["oauth"])
            for key in programKeys { keys[key]?.report("a server at a url has no \(key): it runs elsewhere") }
        case (let command?, _?):
            command.report("a server is a program (command) or is elsewhere (url), and not both")
            return nil
        case (nil, nil):
            node.report("command is missing, a program and its arguments, or url")
            return nil
        }
        let files = keys["fs"]?.mapping(known: ["read", "write"])
        server.reads = paths(files?["read"])
        server.writes = paths(files?["write"])
        server.hosts = texts(keys["net"])
        for host in server.hosts where host.contains("/") || host.contains(where: \.isWhitespace) {
            keys["net"]?.report("names of hosts are wanted, such as api.example.org or *.example.org")
        }
        server.variables = variables(keys["env"])
        server.requires = keys["requires"].flatMap(grant)
        if let timeout = keys["timeout"], let span = timeout.duration() {
            server.timeoutMilliseconds = span.wholeMilliseconds
            if !timeoutRange.contains(span) { timeout.report("1s to 1h are wanted") }
        }
        return server
    }

    private static func words(_ command: YAMLNode, _ isExecutable: (String) -> Bool) -> [String] {
        let words = readCommand(command, isExecutable)
        if let program = words.first, !program.hasPrefix("/") {
            command.report("\(program): a program is named by its absolute path, as `command -v \(program)` prints it")
        }
        return words
    }

    private static func address(_ node: YAMLNode, _ headers: YAMLNode?, _ login: YAMLNode?) -> MCPServerAddress? {
        guard let url = node.text() else { return nil }
        if let objection = ProviderAddress.objection(toServerURL: url) { node.report(objection) }
        var address = MCPServerAddress(url: url)
        for (name, value) in headers?.mapping(known: nil).members ?? [] {
            let isToken =
                !name.isEmpty
                && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
            if !isToken { value.report("\(name.prefix(80)) is not the name of a header") }
            if ownHeaders.contains(name.lowercased()) || name.lowercased().hasPrefix("mcp-") {
                value.report("\(name) is a header that Egghead itself writes")
            }
            address.headers[name] = secretText(value)
        }
        let login = login?.mapping(known: ["client_id", "client_secret", "scopes"])
        address.clientID = login?["client_id"]?.text()
        address.clientSecret = login?["client_secret"].flatMap(secretText)
        address.scopes = texts(login?["scopes"])
        if address.clientSecret != nil, address.clientID == nil {
            login?["client_secret"]?.report("a client_secret is nothing without its client_id")
        }
        if let objection = exposed(address) { node.report(objection) }
        return address
    }

    /// Header fields of every request, which no section can set.
    private static let ownHeaders: Set = [
        "accept", "connection", "content-length", "content-type", "expect", "host", "last-event-id",
        "transfer-encoding", "te", "upgrade",
    ]

    /// Whether secrets would go through the network unencrypted.
    private static func exposed(_ address: MCPServerAddress) -> String? {
        guard address.url.hasPrefix("http://"), URLAuthority(address.url)?.isThisMachine == false else { return nil }
        let hasSecrets =
            address.clientSecret != nil
            || address.headers.contains { name, value in
                !value.sources.isEmpty || name.lowercased() == "authorization"
            }
        return hasSecrets ? "a secret does not go through a network unencrypted: https:// is wanted" : nil
    }

    /// Whether a text can name a server: in `mcp__SERVER__TOOL` it can be told where it ends.
    public static func isServerName(_ name: String) -> Bool {
        isName(name) && name.utf8.count <= nameMax && !name.contains("__") && !name.hasPrefix("_")
            && !name.hasSuffix("_")
    }

    private static let nameMax = 24

    private static func paths(_ node: YAMLNode?) -> [String] {
        let paths = texts(node)
        for path in paths where !path.hasPrefix("/") { node?.report("\(path): an absolute path is wanted") }
        return paths
    }

    /// A text, or a list of texts.
    private static func texts(_ node: YAMLNode?) -> [String] {
        guard let node else { return [] }
        return node.scalar.map { [$0] } ?? node.list().compactMap { $0.text() }
    }

    /// A list of names of variables, or what each is to be.
    private static func variables(_ node: YAMLNode?) -> [String: SecretText] {
        guard let node else { return [:] }
        var variables: [String: SecretText] = [:]
        if node.isList {
            for name in texts(node) {
                if let objection = ProviderAddress.objection(toVariable: name) { node.report(objection) }
                variables[name] = SecretText(parts: [.secret(.environment(name))])
            }
            return variables
        }
        for (name, value) in node.mapping(known: nil).members {
            if let objection = ProviderAddress.objection(toVariable: name) { value.report(objection) }
            variables[name] = secretText(value)
        }
        return variables
    }

    private static func secretText(_ node: YAMLNode) -> SecretText? {
        guard let text = node.scalar else {
            guard let source = KeySource.reference(node) else { return nil }
            if case .command = source { node.report("{env: NAME}, {file: PATH} or {cred: NAME} is wanted") }
            return SecretText(parts: [.secret(source)])
        }
        let secret = SecretText(text)
        if text.contains("${") { node.report("variables are written {env:NAME}") }
        for case .file(let path) in secret.sources where !path.hasPrefix("/") {
            node.report("\(path): an absolute path is wanted")
        }
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            node.report("a text without control characters is wanted")
        }
        return secret
    }

    private static func grant(_ node: YAMLNode) -> Grant? {
        var grants: [Grant] = []
        for problem in Grant.read(node.json, into: &grants) { node.report(problem) }
        guard let grant = grants.first, grants.count == 1 else {
            node.report("one capability is wanted, such as net.get:api.example.org")
            return nil
        }
        if grant.isInert { node.report("\(grant) is for nothing, so every agent would hold it; say for what") }
        return grant
    }
}
