import BusClient
import Configuration
import Control
import Glibc
import LinuxSystem
import Runtime
import Services

/// Examines a node: first the files, which needs no process, then eggheadd, then the services.
struct Examination {
    private let place: Place
    private let home: Home
    /// What eggheadd says of itself, or why it does not.
    private let node: Result<Supervisor.Node.Reply, ServiceFailure>

    /// The longest configuration, in bytes.
    private static let fileBytesMax = 1 << 20

    /// An examination of one node. It asks eggheadd, and waits for the answer.
    init(_ place: Place) {
        self.place = place
        home = place.home
        node = Result { () throws(ServiceFailure) in try Self.control(Supervisor.Node.self, place) }
    }

    /// Which node is examined, in one line.
    func subject() -> String {
        switch node {
        case .success(let node):
            return "the node of \(node.runDirectory) with \(node.configFile), process \(node.pid)"
        case .failure(let failure):
            let state = failure.code == .timeout ? "answer" : "run"
            return "the node of \(home.runDirectory) with \(home.configFile), which does not \(state)"
        }
    }

    /// Everything that is wrong, causes before their consequences.
    ///
    /// - Parameter tell: Called with what is worth knowing although nothing is wrong with it.
    func findings(_ tell: ([String]) -> Void) throws -> [Finding] {
        var findings = directoryFindings()
        do throws(ServiceFailure) {
            // The node reads its own files, which a person may not be allowed to.
            let node = try node.get()
            findings += node.problems.map { Finding($0, fix: "correct the file, then `egghead reload`") }
            let children = try Self.control(Supervisor.List.self, place).children
            findings += Finding.children(children)
            let confinement = ConfinementExamination(children)
            tell(confinement.lines)
            findings += confinement.findings
        } catch {
            return findings + configurationFindings() + [Finding("the daemon does not answer", fix: error.message)]
        }
        guard NodeSocket.isServed(home.busSocket) else {
            return findings + [
                Finding("no process listens on the broker's socket \(home.busSocket)", fix: "see `egghead logs broker`")
            ]
        }
        return findings + (try serviceFindings(tell))
    }

    private static func control<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ place: Place
    ) throws(ServiceFailure) -> Operation.Reply where Operation.Request == Empty {
        do {
            return try NodeSession.control(operation, Empty(), of: place)
        } catch let failure as ServiceFailure {
            throw failure
        } catch {
            throw ServiceFailure(.internalError, "\(error)")
        }
    }

    // MARK: Files

    private func configurationFindings() -> [Finding] {
        do {
            let bytes = try Files.read(home.configFile, limit: Self.fileBytesMax)
            let configuration = try NodeConfiguration(
                yaml: String(decoding: bytes, as: UTF8.self), path: home.configFile,
                exposure: KeyFile(path: home.configFile).exposure(reader: nil), isExecutable: Files.isExecutable)
            return (configuration.providerProblems + configuration.serverProblems).map { Finding($0) }
        } catch let error as ConfigurationError {
            return error.problems.map { Finding($0) }
        } catch let error as SystemCallError where error.errno == ENOENT {
            if home.isConfigLinkBroken {
                let problem = "\(home.configFile) is a symbolic link to a file that does not exist"
                return [Finding(problem, fix: "correct the link, or delete it")]
            }
            guard home.isConfigFileNamed else { return [] }  // without the file the defaults are used
            return [Finding("\(error)", fix: "create the file, or unset EGGHEAD_CONFIG")]
        } catch let error as SystemCallError where error.errno == EACCES && isSystems {
            return []  // the file holds keys; only root and the node may read it
        } catch {
            return [Finding("\(error)", fix: "make the file readable")]
        }
    }

    private func directoryFindings() -> [Finding] {
        let directories = [home.recordsDirectory, home.stateDirectory, home.runDirectory]
        let full = fullFileSystems(of: directories)
        // A person needs no permissions in the directories of the system's node.
        guard !isSystems else { return full }
        return full
            + directories.compactMap { directory in
                guard access(directory, F_OK) == 0, access(directory, W_OK | X_OK) != 0 else { return nil }
                let reason = String(cString: strerror(errno))
                let isOwn = (try? Files.status(directory))?.owner == geteuid()
                return Finding(
                    "\(directory): \(reason)",
                    fix: isOwn ? "chmod u+rwx \(directory)" : "it belongs to another user: use that account, or sudo")
            }
    }

    /// Less than a journal and an index need to go on.
    private static let freeBytesMin = 1 << 20

    /// The file systems in which nothing more can be written, each told once.
    private func fullFileSystems(of directories: [String]) -> [Finding] {
        var seen: Set<UInt64> = []
        return directories.compactMap { directory in
            guard let free = try? Files.freeBytes(at: directory), free < Self.freeBytesMin,
                let device = (try? Files.status(directory))?.device, seen.insert(device).inserted
            else { return nil }
            return Finding(
                "\(directory): the file system is full, and new messages and notes are refused",
                fix: "free space there; nothing has to be restarted")
        }
    }

    private var isSystems: Bool { home.runDirectory == "/run/egghead" && getuid() != 0 }

    // MARK: Services

    private func serviceFindings(_ tell: ([String]) -> Void) throws -> [Finding] {
        let session = try NodeSession(place)
        var records: [Finding] = [], providers: [Finding] = [], tools: [Finding] = [], open = 3
        var inForce: [String] = []
        var hasStore = false, hasGateway = false
        session.tellsWait(for: .store) { hasStore }
        // One line is enough while the broker itself is awaited.
        session.tellsWait(for: .llm) { hasGateway || !session.bus.isConnected }
        func done() {
            open -= 1
            if open == 0 { session.end() }
        }
        session.bus.request(Store.Problems.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline) {
            hasStore = true
            records = Self.findings($0, of: .store) { $0.problems.map { Finding($0) } }
            done()
        }
        session.bus.request(Toolbox.Findings.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline) {
            tools = Self.findings($0, of: .toolbox) { $0.findings.map { Finding($0.problem, fix: $0.fix) } }
            inForce = (try? $0.get())?.inForce ?? []
            done()
        }
        session.bus.request(Gateway.Providers.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline) {
            hasGateway = true
            providers = Self.findings($0, of: .llm, findings(of:))
            for provider in (try? $0.get())?.providers ?? [] {
                open += 1
                ask(provider, session) { finding in
                    if let finding { providers.append(finding) }
                    done()
                }
            }
            done()
        }
        try session.run()
        tell(inForce)
        return providers + records + tools
    }

    /// How long a model may take for the first sign of an answer. A local one may have to load first.
    private static let modelWait = Duration.seconds(60)

    /// Lets a provider's model answer a few words, which needs its key, its address and the model.
    private func ask(_ provider: ProviderInfo, _ session: NodeSession, then done: @escaping (Finding?) -> Void) {
        let request = Gateway.Chat.Request(
            id: "doctor-\(getpid())-\(provider.name)", provider: provider.name,
            messages: [ChatMessage(.user, "Say ok.")], maxTokens: 16)
        var isOver = false, subscription: StreamHandle?
        func end(_ finding: Finding?) {
            guard !isOver else { return }
            isOver = true
            subscription?.cancel()
            done(finding)
        }
        subscription = session.bus.stream(Gateway.Chat.self, request) { result in
            switch result {
            case .success(let chunk) where chunk.error != nil:
                end(chunk.error.map { Finding($0, of: provider, configFile: home.configFile) })
            case .success(let chunk) where chunk.text != nil || chunk.done != nil: end(nil)
            case .success: break  // it waits for its turn
            case .failure(let failure): end(Finding(failure.message, fix: "`egghead logs llm` may say why"))
            }
        }
        session.loop.schedule(after: Self.modelWait) {
            end(
                Finding(
                    "provider \(provider.name): its model \(provider.model) does not answer within \(Self.modelWait)",
                    fix: "see `egghead logs llm`"))
        }
    }

    private static func findings<Reply>(
        _ result: Result<Reply, ServiceFailure>, of service: ServiceName, _ body: (Reply) -> [Finding]
    ) -> [Finding] {
        switch result {
        case .success(let reply): body(reply)
        case .failure(let failure):
            [Finding(failure.message, fix: "see `egghead logs broker` and `egghead logs \(service.rawValue)`")]
        }
    }

    private func findings(of reply: Gateway.Providers.Reply) -> [Finding] {
        let interpreter = home.stateDirectory + "/models/local/venv/bin/python"
        return Finding.providers(
            reply, configFile: home.configFile, interpreter: interpreter,
            isInstalled: Files.isExecutable(interpreter))
    }
}
