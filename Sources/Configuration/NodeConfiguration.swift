import Services

/// What `config.yml` says. Every key is optional; an empty file is a configuration.
public struct NodeConfiguration: Hashable, Sendable {
    /// A provider, and the command that serves it when eggheadd is to run one under `models`.
    public struct Provider: Hashable, Sendable {
        /// What `llm` needs to know of it.
        public var settings: ProviderSettings
        /// The server's command; nil when the provider runs elsewhere.
        public var command: [String]?
        /// The variables that the vendor's key is usually kept in, when the configuration tells none.
        var usualVariables: [String] = []
    }

    /// In the order of the file.
    public var providers: [Provider] = []
    /// What is wrong with the sections of other providers, by the providers' names.
    public var unusable: [String: [ConfigurationProblem]] = [:]
    /// The MCP servers, in the order of the file.
    public var servers: [MCPServerSettings] = []
    /// What is wrong with the sections of other servers, by the servers' names.
    public var unusableServers: [String: [ConfigurationProblem]] = [:]
    /// Where the secrets are that those name.
    public var secretsOfUnusableServers: [KeySource] = []
    /// The provider for agents that name none: as written, or else the first.
    public var defaultProvider: String?
    /// The models for agents that name none, in the order in which they are tried; see `ModelName`.
    public var models: [String]?
    /// How much may be spent.
    public var caps = SpendingCaps()
    /// What models cost, as written: by `PROVIDER/MODEL`, or by `PROVIDER` for all of its models.
    var writtenPrices: [String: ModelPrice] = [:]
    /// The directory outside of which no agent has files or runs programs, an absolute path; no bound when nil.
    public var sandbox: String?
    /// Directories with skills, absolute paths.
    public var skills: [String] = []
    /// For what persons are asked before an agent does it.
    public var asking = AskingRules()
    /// What the broker needs to know.
    public var broker = BrokerSettings()
    /// The room that always exists.
    public var defaultRoom: RoomName = "lobby"
    /// How many agent messages may follow each other in a room before a person must speak.
    public var turnBudget = 15
    /// How much is kept of what was said in the rooms.
    public var retention = RetentionRules()
    /// How long a turn may go without progress, in milliseconds.
    public var turnTimeoutMilliseconds = 300_000
    /// The share of a model's window at which a session hands off.
    public var contextThreshold = 0.7

    /// The configuration of an empty file.
    public init() {}

    /// Reads a configuration. A provider whose section is wrong is out, and the others are not.
    ///
    /// - Parameters:
    ///   - text: The file's content.
    ///   - path: The file, for messages.
    ///   - exposure: Why no key and no token may be in the file, if others than its owner can read it.
    ///   - isExecutable: Whether a path is a file that can be executed.
    /// - Throws: Every problem, with its line, when there is one that is not a provider's alone.
    public init(
        yaml text: String, path: String, exposure: String? = nil, isExecutable: (String) -> Bool
    ) throws(ConfigurationError) {
        self.init()
        let reader = YAMLReader(path: path)
        if let document = reader.document(text) {
            read(document, reader, isExecutable)
            for key in Self.keys(in: document) { if let exposure { key.report(exposure) } }
        }
        try reader.throwProblems(with: providerProblems + serverProblems)
    }

    /// Whether a key is to come from a variable of the environment.
    public var wantsKeyFromEnvironment: Bool {
        providers.contains { provider in
            if case .environment? = provider.settings.keySource { true } else { !provider.usualVariables.isEmpty }
        }
            || servers.contains { server in
                server.secrets.contains { if case .environment = $0 { true } else { false } }
            }
    }

    /// Chooses the variable for the key of each provider that says nothing of it, of those that its vendor's keys are
    /// usually in.
    ///
    /// - Parameter isSet: Whether a variable is there and not empty.
    public mutating func chooseVariables(isSet: (String) -> Bool) {
        for index in providers.indices {
            let usual = providers[index].usualVariables
            if let name = usual.first(where: isSet) ?? usual.first {
                providers[index].settings.keySource = .environment(name)
            }
        }
    }

    /// Why providers are out, by their names, in words of some hundred bytes each.
    public var unusableReasons: [String: String] {
        unusable.mapValues { problems in
            let first = problems.prefix(3).map(\.description).joined(separator: "; "), more = problems.count - 3
            return String(first.prefix(bytesMax: 500)) + (more > 0 ? "; and \(more) more" : "")
        }
    }

    /// What is wrong with the sections of providers, in the order of their lines.
    public var providerProblems: [ConfigurationProblem] { Self.inOrder(unusable) }

    /// What is wrong with the sections of MCP servers, in the order of their lines.
    public var serverProblems: [ConfigurationProblem] { Self.inOrder(unusableServers) }

    private static func inOrder(_ problems: [String: [ConfigurationProblem]]) -> [ConfigurationProblem] {
        problems.values.flatMap(\.self).sorted { ($0.line ?? 0, $0.message) < ($1.line ?? 0, $1.message) }
    }

    private mutating func read(_ document: YAMLNode, _ reader: YAMLReader, _ isExecutable: (String) -> Bool) {
        let top = document.mapping(known: [
            "default_provider", "models", "providers", "room", "rooms", "context_threshold", "bus", "caps", "prices",
            "mcp_servers", "skills", "sandbox", "ask", "approvers", "ask_timeout",
        ])
        if let node = top["providers"] { readProviders(node, reader, isExecutable) }
        if let node = top["mcp_servers"] { readServers(node, reader, isExecutable) }
        if let node = top["default_provider"], let name = node.text() {
            if isProvider(name) {
                defaultProvider = name
            } else {
                node.report("there is no provider \(name) under providers")
            }
        }
        models = top["models"].flatMap(readModels)
        if let caps = top["caps"] { self.caps = Self.caps(caps) }
        if let node = top["prices"] { readPrices(node) }
        let room = top["room"]?.mapping(known: ["default", "budget", "turn_timeout", "keep"])
        if let node = room?["default"], let name = node.text() {
            if let name = RoomName(rawValue: name) {
                defaultRoom = name
            } else {
                node.report("letters, digits, - and _ are wanted, up to 64")
            }
        }
        turnBudget = room?["budget"]?.integer(in: 1...1_000) ?? turnBudget
        if let node = room?["turn_timeout"], let timeout = node.duration() {
            turnTimeoutMilliseconds = timeout.wholeMilliseconds
            if timeout < Self.turnTimeoutMin { node.report("20s or more are wanted: agents report every 10 to 15 s") }
        }
        retention.everyRoom = room?["keep"].flatMap(Self.retention) ?? retention.everyRoom
        for (name, node) in top["rooms"]?.mapping(known: nil).members ?? [] {
            if RoomName(rawValue: name) == nil {
                node.report("letters, digits, - and _ are wanted as a room's name, up to 64")
            }
            retention.rooms[name] = node.mapping(known: ["keep"])["keep"].flatMap(Self.retention)
        }
        if let node = top["sandbox"], let path = node.text() {
            sandbox = path
            if !path.hasPrefix("/") { node.report("an absolute path is wanted") }
        }
        skills = (top["skills"]?.list() ?? []).compactMap { node in
            guard let path = node.text() else { return nil }
            if !path.hasPrefix("/") { node.report("an absolute path is wanted, such as /home/ann/.claude/skills") }
            return path
        }
        asking = Self.asking(top)
        if let bus = top["bus"] { broker = Self.broker(bus) }
        contextThreshold = top["context_threshold"]?.number(in: 0.1...0.95) ?? contextThreshold
    }

    private mutating func readPrices(_ node: YAMLNode) {
        for (name, node) in node.mapping(known: nil).members {
            let provider = name.prefix { $0 != "/" }
            if !isProvider(String(provider)) {
                node.report("there is no provider \(provider) under providers; PROVIDER/MODEL or PROVIDER is wanted")
            } else if let objection = Self.objection(toModelName: name) {
                node.report(objection)
            }
            writtenPrices[name] = ModelPrice(node)
        }
    }

    private mutating func readProviders(
        _ node: YAMLNode, _ reader: YAMLReader, _ isExecutable: (String) -> Bool
    ) {
        let sections = node.mapping(known: nil, keepsEmpty: true).members
        for (name, node) in sections {
            var provider: Provider?
            let problems = reader.problems { provider = Self.provider(name, node, isExecutable) }
            if problems.isEmpty, let provider { providers.append(provider) } else { unusable[name] = problems }
        }
        // Not the first that is usable: what was meant for one's own server is not to go to another one.
        defaultProvider = sections.first?.name
    }

    private func isProvider(_ name: String) -> Bool {
        providers.contains { $0.settings.name == name } || unusable[name] != nil
    }

    /// Each name must be one that is found among the providers.
    private func readModels(_ node: YAMLNode) -> [String]? {
        let known = providers.map {
            ProviderInfo(
                name: $0.settings.name, model: $0.settings.model, contextWindow: 0, tools: true, isLocal: false,
                vendor: $0.settings.vendor)
        }
        var seen: Set<String> = []
        let names = node.list().compactMap { node -> String? in
            guard let name = node.text() else { return nil }
            if !seen.insert(name).inserted { node.report("\(name) occurs twice; remove one") }
            let provider = name.prefix { $0 != "/" }, isAlone = provider.count == name.count
            // A name alone may be the model of a provider that is out.
            let isUnknown = !isProvider(String(provider)) && (unusable.isEmpty || !isAlone)
            if ModelName(name, among: known) == nil, isUnknown {
                node.report("no provider is known for the model \(name); write PROVIDER/MODEL")
            } else if let objection = Self.objection(toModelName: name) {
                node.report(objection)
            }
            return name
        }
        if !(1...Self.modelsMax).contains(names.count) { node.report("1 to \(Self.modelsMax) models are wanted") }
        return names
    }

    /// Why a text that begins with a provider's name names no model of it; nil if it does.
    private static func objection(toModelName name: String) -> String? {
        guard let slash = name.firstIndex(of: "/"), name.index(after: slash) == name.endIndex else { return nil }
        return "no model stands behind the /; write \(name.dropLast()) or \(name)MODEL"
    }

    private static let modelsMax = 8

    private static func caps(_ node: YAMLNode) -> SpendingCaps {
        let keys = node.mapping(known: ["agent", "room", "day", "month"])
        return SpendingCaps(
            agent: keys["agent"].flatMap { SpendingCap($0) }, room: keys["room"].flatMap { SpendingCap($0) },
            day: keys["day"].flatMap { SpendingCap($0) }, month: keys["month"].flatMap { SpendingCap($0) })
    }

    /// What models cost by the configuration: what it says, and that what runs on this machine is free, unless it says
    /// otherwise.
    public var prices: [String: ModelPrice] {
        let own = providers.filter { $0.command != nil || ProviderPreset.isOwnServer($0.settings) }
        let free = Dictionary(uniqueKeysWithValues: own.map { ($0.settings.name, ModelPrice.free) })
        return free.merging(writtenPrices) { $1 }
    }

    private static func retention(_ node: YAMLNode) -> Retention? {
        guard let text = node.text() else { return nil }
        let retention = Retention(text)
        if retention == nil { node.report(Retention.requirement) }
        return retention
    }

    /// The keys and passwords of providers and the tokens of clients that are in the file itself.
    private static func keys(in document: YAMLNode) -> [YAMLNode] {
        let providers = document.member("providers")?.members ?? []
        let tokens = document.member("bus")?.member("tokens")?.members ?? []
        let urls = providers.compactMap { $0.value.member("url") }.filter {
            $0.scalar.map(ProviderAddress.hasCredentials) ?? false
        }
        let keys = providers.compactMap { $0.value.member("key") }.filter {
            $0.scalar.map { !KeySource.isReference($0) } ?? false
        }
        return keys + urls + tokens.map(\.value)
    }

    /// Longer than the time between two signs of life of a turn that gets on, or waits in line at its provider.
    private static let turnTimeoutMin = Duration.seconds(20)

    /// The shortest token, in bytes: nobody on this machine is to find it by trying.
    private static let tokenBytesMin = 16

    /// What fits one message of the parent channel with room to spare.
    private static let clientsMax = 100

    private static func broker(_ node: YAMLNode) -> BrokerSettings {
        var settings = BrokerSettings()
        let keys = node.mapping(known: ["listen", "tokens"])
        if let listen = keys["listen"], let text = listen.text() {
            settings.listen = LoopbackAddress(text)
            if settings.listen == nil {
                listen.report("a loopback address is wanted, such as 127.0.0.1:4222 or [::1]:4222")
            }
            if keys["tokens"] == nil { listen.report("tokens is missing: a name and a token for each client") }
        }
        for (name, node) in keys["tokens"]?.mapping(known: nil).members ?? [] {
            if !isName(name) { node.report("a client's name is letters, digits, - and _, up to 64") }
            guard let token = node.text() else { continue }
            if token.utf8.count < tokenBytesMin || token.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
                node.report(
                    "\(tokenBytesMin) visible characters or more are wanted, such as `openssl rand -hex 16` prints")
            } else if settings.tokens.values.contains(token) {
                node.report("another client has the same token")
            }
            settings.tokens[name] = token
        }
        if settings.tokens.count > clientsMax { keys["tokens"]?.report("more than \(clientsMax) clients") }
        return settings
    }

    private static let providerKeys = [
        "preset", "api", "url", "socket", "key", "key_environment", "model", "context_window", "tools", "idle_timeout",
        "command",
    ]

    /// Longer than a provider that answers is silent between two parts of its answer.
    private static let idleTimeoutMin = Duration.seconds(1)
    /// How long a whole answer may take.
    private static let idleTimeoutMax = Duration.seconds(3_600)
    /// How long a stream may be silent, where nothing else is configured.
    static let idleTimeoutDefault = Duration.seconds(60)

    private static func provider(_ name: String, _ node: YAMLNode, _ isExecutable: (String) -> Bool) -> Provider? {
        if !isName(name) { node.report("a provider's name is letters, digits, - and _, up to 64") }
        let keys = node.mapping(known: providerKeys)
        let preset = preset(name, keys["preset"]), hasURL = keys["url"] != nil
        if !hasURL, preset?.url == nil {
            node.report(
                preset == nil
                    ? "url is missing: the base of the provider's API, such as https://…/v1; or preset: one of "
                        + ProviderPreset.names
                    : "url is missing: the base of your API, such as https://…/v1")
        }
        if keys["model"] == nil, preset?.model == nil { node.report("model is missing: the provider's name for it") }
        if keys["key"] != nil, let both = keys["key_environment"] { both.report("key is set, too; remove one of them") }
        let command = keys["command"].map { readCommand($0, isExecutable) }
        guard let url = hasURL ? keys["url"]?.text() : preset?.url,
            let model = keys["model"] == nil ? preset?.model : keys["model"]?.text()
        else { return nil }
        if hasURL, let objection = ProviderAddress.objection(toURL: url) { keys["url"]?.report(objection) }
        for (key, objection) in [
            ("model", ProviderAddress.objection(toModel:)),
            ("key_environment", ProviderAddress.objection(toVariable:)),
            ("socket", ProviderAddress.objection(toSocket:)),
        ] {
            if let node = keys[key], let objection = node.text().flatMap(objection) { node.report(objection) }
        }
        let reference = keys["key"].flatMap(KeySource.reference)
        let key = reference == nil ? keys["key"]?.scalar : nil
        if let key, !KeySource.isReference(key),
            let objection = KeySource.slip(in: key) ?? KeySource.objection(toKey: key)
        {
            keys["key"]?.report(objection)
        }
        let variable = keys["key_environment"]?.scalar
        let idle = keys["idle_timeout"].flatMap(idleTimeout) ?? idleTimeoutDefault
        let settings = ProviderSettings(
            name: name, vendor: preset?.name,
            api: keys["api"].flatMap(api) ?? preset?.api(at: url) ?? .chatCompletions, url: url,
            socket: keys["socket"]?.text(), key: key, keySource: reference ?? variable.map(KeySource.environment),
            keyHeader: preset?.keyHeader, model: model,
            contextWindow: keys["context_window"]?.integer(in: 512...100_000_000) ?? preset?.contextWindow ?? 128_000,
            isWindowConfigured: keys["context_window"] != nil, tools: keys["tools"]?.bool() ?? true,
            idleTimeoutMilliseconds: idle.wholeMilliseconds, isSupervised: command != nil)
        let isKeyless = keys["key"] == nil && keys["key_environment"] == nil
        return Provider(
            settings: settings, command: command, usualVariables: isKeyless ? preset?.variables ?? [] : [])
    }

    private static func idleTimeout(_ node: YAMLNode) -> Duration? {
        let idle = node.duration()
        if let idle, idle < idleTimeoutMin {
            node.report("1s or more is wanted: no provider answers without a pause")
        } else if let idle, idle > idleTimeoutMax {
            node.report("1h or less is wanted: an answer that takes longer is broken off")
        }
        return idle
    }

    /// The preset that a provider names, or that has its name.
    private static func preset(_ name: String, _ node: YAMLNode?) -> ProviderPreset? {
        guard let node else { return .named(name) }
        guard let wanted = node.text() else { return nil }
        let preset = ProviderPreset.named(wanted)
        if preset == nil { node.report("there is no preset \(wanted); there are \(ProviderPreset.names)") }
        return preset
    }

    private static func api(_ node: YAMLNode) -> ProviderAPI? {
        guard let text = node.text() else { return nil }
        let api = ProviderAPI(rawValue: text)
        if api == nil {
            let known = ProviderAPI.allCases.map(\.rawValue).joined(separator: ", ")
            node.report("there is no API \(text); there are \(known)")
        }
        return api
    }

    static func readCommand(_ node: YAMLNode, _ isExecutable: (String) -> Bool) -> [String] {
        let words = node.list().compactMap { $0.text() }
        if words.first?.isEmpty != false { node.report("a program and its arguments are wanted") }
        if words.contains(where: { $0.utf8.contains(0) }) { node.report("a program gets no argument with a NUL") }
        if let program = words.first, program.contains("/"), !isExecutable(program) {
            node.report("\(program) is not a file that can be executed")
        }
        return words
    }

    /// Whether a text can name a provider or a client: it has the letters of a room's name.
    static func isName(_ text: String) -> Bool { RoomName(rawValue: text) != nil }
}
