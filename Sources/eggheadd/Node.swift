import Configuration
import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Supervision

/// The home of this eggheadd: its directories, the lock on it, the configuration and the tree.
final class Node {
    /// The directories of the node.
    let home: Home
    /// The tree to run.
    let root: ChildSpec
    /// Whether the tree is Egghead's own or a variant of it, whose children have settings.
    let isBuiltIn: Bool
    /// The present `config.yml`.
    private(set) var configuration: NodeConfiguration
    /// The directory of eggheadd and its sibling executables.
    let programs: String
    /// The cgroup below which calls of tools have theirs; nil where there is none.
    var toolsCgroup: String?

    private let environment: Environment
    private let lock: FileDescriptor

    /// The longest tree file or configuration, in bytes.
    private static let fileBytesMax = 1 << 20

    /// Makes the directories, takes the lock and reads the files.
    ///
    /// - Throws: `ConfigurationError` for files that are wrong; `SystemCallError`; `ServiceFailure` when another
    ///   eggheadd runs in this home.
    init(options: Options, environment: Environment) throws {
        let home = Home(option: options.home) { environment[$0] }
        programs = Files.split(try CurrentProcess.executablePath()).directory
        // Errors in the files are reported before any file or process is made or changed.
        root = try Self.readTree(options.treeFile, home: home)
        isBuiltIn = BuiltInTree.isContained(in: root)
        configuration = isBuiltIn ? try Self.readConfiguration(home, environment, programs) : NodeConfiguration()
        for directory in [home.stateDirectory, home.recordsDirectory] where isBuiltIn {
            try Files.makeDirectories(directory, mode: 0o750)
        }
        // The texts of notes and conversations are in it. Whoever owns it also decides what its group may do.
        if isBuiltIn, let status = try? Files.status(home.stateDirectory), status.permissions & 0o007 != 0 {
            _ = try? Files.setMode(of: home.stateDirectory, to: mode_t(status.permissions & 0o770))
        }
        try Files.makeDirectories(home.runDirectory, mode: 0o755)
        guard let lock = try Files.lock(home.lockFile) else {
            throw ServiceFailure(
                .exists, "another eggheadd runs in \(home.runDirectory); stop it, or choose another --home")
        }
        if isBuiltIn { try Files.makeDirectories(home.runDirectory + "/models", mode: 0o700) }
        self.home = home
        self.environment = environment
        self.lock = lock
    }

    /// Reads the configuration again.
    ///
    /// - Throws: `ConfigurationError`, also for a provider that a start would leave out; then the earlier configuration
    ///   stays in force.
    func reload() throws {
        guard isBuiltIn else { return }
        configuration = try flawlessConfiguration()
    }

    private func flawlessConfiguration() throws -> NodeConfiguration {
        let configuration = try Self.readConfiguration(home, environment, programs)
        let problems = configuration.providerProblems + configuration.serverProblems
        if !problems.isEmpty { throw ConfigurationError(problems) }
        return configuration
    }

    /// What a reload would refuse now, a problem a line.
    var problems: [String] {
        guard isBuiltIn else { return [] }
        do {
            _ = try flawlessConfiguration()
            return []
        } catch let error as ConfigurationError {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    /// What sections of the configuration ask for: model servers, and the processes of MCP servers.
    var configuredChildren: [ConfiguredChild] {
        ModelServers.children(of: configuration) + MCPServers.children(of: configuration)
    }

    /// Where model servers listen that are asked whether they are ready.
    var modelServerAddresses: [ChildID: ModelServerAddress] { ModelServers.addresses(of: configuration) }

    /// Whether a child reads variables of eggheadd's environment that may be keys.
    func readsVariables(_ id: ChildID) -> Bool {
        if id == BuiltInTree.Name.llm.id { return true }
        let server = configuration.servers.first { BuiltInTree.mcpServer($0.name) == id }
        return server?.secrets.contains { if case .environment = $0 { true } else { false } } ?? false
    }

    /// A child's part of the configuration; a child of a tree file has none.
    ///
    /// - Parameter digest: The launch digest, for an agent.
    func settings(of id: ChildID, digest: String?) -> JSONValue {
        guard isBuiltIn else { return .object([:]) }
        return ChildSettings(
            home: home, configuration: configuration, pricesFile: Self.shared("models/prices.txt", programs),
            pageReader: Self.shared("web/read_page.py", programs),
            credentialsDirectory: environment["CREDENTIALS_DIRECTORY"], toolsCgroup: toolsCgroup
        ).settings(of: id, digest: digest)
    }

    private static func readTree(_ file: String?, home: Home) throws -> ChildSpec {
        guard let file else { return try TreeFile.read(BuiltInTree.yaml, path: "tree.yml", run: home.runDirectory) }
        return try TreeFile.read(try read(file), path: file, run: home.runDirectory)
    }

    private static func readConfiguration(
        _ home: Home, _ environment: Environment, _ programs: String
    ) throws -> NodeConfiguration {
        var configuration = NodeConfiguration()
        if home.isConfigLinkBroken {
            let message = "is a symbolic link to a file that does not exist; correct the link, or delete it"
            throw ConfigurationError([ConfigurationProblem(path: home.configFile, line: nil, message: message)])
        }
        if home.isConfigFileNamed || exists(home.configFile) {
            configuration = try NodeConfiguration(
                yaml: try read(home.configFile), path: home.configFile,
                exposure: KeyFile(path: home.configFile).exposure(reader: geteuid()), isExecutable: Files.isExecutable)
        }
        configuration.addVendorsIfAlone(isSet: environment.isSet)
        if configuration.wantsKeyFromEnvironment, environment["CONFIGURATION_DIRECTORY"] != nil {
            let file = KeyFile.environment(of: home)
            if let exposure = file.exposure(reader: nil) {
                throw ConfigurationError([ConfigurationProblem(path: file.path, line: nil, message: exposure)])
            }
        }
        configuration.addLocalModelIfAlone(
            interpreter: home.stateDirectory + "/models/local/venv/bin/python",
            script: localModelScript(programs), socket: home.runDirectory + "/models/local.sock",
            isExecutable: Files.isExecutable)
        configuration.chooseVariables(isSet: environment.isSet)
        // The providers and prices are sent to llm in one message. See: ParentChannelLimits
        let settings =
            JSON.encode(configuration.providers.map(\.settings)) + JSON.encode(configuration.prices)
            + JSON.encode(configuration.unusableReasons)
        if settings.count > ParentChannelLimits.messageBytesMax * 3 / 4 {
            let problem = "providers and prices are longer than 48 KiB, the most that llm can receive; shorten them"
            throw ConfigurationError([ConfigurationProblem(path: home.configFile, line: nil, message: problem)])
        }
        return configuration
    }

    /// Whether there is a file, or something that keeps this process from seeing it.
    private static func exists(_ path: String) -> Bool {
        do throws(SystemCallError) {
            _ = try Files.status(path)
            return true
        } catch {
            return ![ENOENT, ENOTDIR].contains(error.errno)
        }
    }

    private static func localModelScript(_ programs: String) -> String { shared("models/local/serve.py", programs) }

    /// When installed, such a file is under the prefix's `share`; in a checkout it is in the repository.
    private static func shared(_ file: String, _ programs: String) -> String {
        let candidates = ["/../../share/egghead/", "/../../../", "/../../"].map { programs + $0 + file }
        return candidates.first { (try? Files.status($0)) != nil } ?? candidates[0]
    }

    private static func read(_ path: String) throws -> String {
        do {
            return String(decoding: try Files.read(path, limit: fileBytesMax), as: UTF8.self)
        } catch {
            throw ConfigurationError([ConfigurationProblem(path: path, line: nil, message: "cannot be read: \(error)")])
        }
    }
}
