import Glibc
import LinuxSystem
import MCP
import Runtime
import Services

/// MCP on standard input and output: a client starts this program and speaks with the node in the name of whoever runs
/// it.
///
/// See: MCP 2026-07-28, stdio
final class StandardDoor {
    private let session: NodeSession
    private let node: ServedNode
    private var host = MCPHost(MCPHost.Settings(tools: ServedNode.tools, instructions: ServedNode.instructions))
    private var reader = MCPLineReader()
    private let resources: ServedResources
    private var watch: Watch?
    private var isEnding = false

    /// How long a client that has closed its output is answered.
    private static let endingTime = Duration.seconds(10)

    /// A door to a node.
    init(_ session: NodeSession) {
        self.session = session
        node = ServedNode(session.bus)
        resources = ServedResources(session.bus)
    }

    /// Serves until standard input ends.
    func run() throws {
        node.questions.onProgress = { [unowned self] key, seconds, words in
            perform(host.progress(key, seconds, words))
        }
        do throws(SystemCallError) {
            watch = try session.loop.watch(STDIN_FILENO, for: .read) { [unowned self] _ in read() }
        } catch {
            readFile()  // a file has everything at once
        }
        try session.run()
        watch?.cancel()
    }

    private func readFile() {
        session.loop.schedule(after: .zero) { [unowned self] in
            read()
            if !isEnding { readFile() }
        }
    }

    /// The client will say no more: what it has asked is answered, if that takes no longer than a moment.
    private func inputEnded() {
        isEnding = true
        watch?.cancel()
        if host.isIdle { return session.end() }
        session.loop.schedule(after: Self.endingTime) { [unowned self] in session.end() }
    }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return inputEnded() }
        for piece in reader.read(Array(bytes.prefix(count))) {
            switch piece {
            case .line(let line): if !line.isEmpty { perform(host.receive(line)) }
            case .tooLong: Output.complain("mcp serve: a message of more than 8 MiB was passed over")
            }
        }
    }

    private func perform(_ actions: [MCPHost.Action]) {
        for action in actions { perform(action) }
        if isEnding, host.isIdle { session.end() }
    }

    private func perform(_ action: MCPHost.Action) {
        switch action {
        case .send(let message): write(message)
        case .call(let key, let tool, let arguments):
            node.call(key, tool, arguments) { [unowned self] outcome in perform(host.finish(key, outcome)) }
        case .listResources(let key, let cursor):
            resources.list(after: cursor) { [unowned self] result in
                switch result {
                case .success(let page): perform(host.finish(key, resources: page.resources, next: page.next))
                case .failure(let failure): perform(host.refuse(key, failure.message))
                }
            }
        case .readResource(let key, let address):
            resources.read(address) { [unowned self] result in
                switch result {
                case .success(let found): perform(host.finish(key, text: found.text, of: found.resource))
                case .failure(let failure): perform(host.refuse(key, failure.message))
                }
            }
        case .listPrompts(let key):
            skills { [unowned self] result in
                switch result {
                case .success(let skills):
                    perform(
                        host.finish(
                            key, prompts: skills.map { ServedPrompt(name: $0.name, description: $0.description) }))
                case .failure(let failure): perform(host.refuse(key, failure.message))
                }
            }
        case .givePrompt(let key, let name):
            skills { [unowned self] result in
                guard let skill = (try? result.get())?.first(where: { $0.name == name }) else {
                    return perform(host.refuse(key, "there is no prompt \(name.prefix(80))"))
                }
                let prompt = ServedPrompt(name: skill.name, description: skill.description)
                perform(host.finish(key, text: skill.text, of: prompt))
            }
        case .cancel(let key): node.questions.stop(key)
        }
    }

    /// The skills, which people choose as prompts.
    private func skills(_ done: @escaping (Result<[SkillDescription], ServiceFailure>) -> Void) {
        session.bus.request(Toolbox.Skills.self, .init(agent: nil), retry: .untilDeadline) { result in
            done(result.map { $0.skills.filter { $0.problem == nil } })
        }
    }

    /// A client that does not read keeps nobody else waiting.
    private func write(_ message: [UInt8]) {
        do throws(SystemCallError) {
            try Files.writeAll(message + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
        } catch {
            session.end()  // the client has gone
        }
    }
}
