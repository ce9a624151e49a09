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

    /// The longest configuration, in bytes.
    private static let fileBytesMax = 1 << 20

    /// An examination of one node.
    init(_ place: Place) {
        self.place = place
        home = place.home
    }

    /// Everything that is wrong, causes before their consequences.
    func findings() throws -> [Finding] {
        var findings = configurationFindings() + directoryFindings()
        do throws(ServiceFailure) {
            findings += Finding.children(try children())
        } catch {
            return findings + [Finding("the daemon does not answer", fix: error.message)]
        }
        guard NodeSocket.isServed(home.busSocket) else {
            return findings + [
                Finding("no process listens on the broker's socket \(home.busSocket)", fix: "see `egghead logs broker`")
            ]
        }
        return findings + (try serviceFindings())
    }

    private func children() throws(ServiceFailure) -> [ChildStatus] {
        do {
            return try NodeSession.control(Supervisor.List.self, Empty(), of: place).children
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
            _ = try NodeConfiguration(
                yaml: String(decoding: bytes, as: UTF8.self), path: home.configFile, isExecutable: Files.isExecutable)
        } catch let error as ConfigurationError {
            return error.problems.map { Finding($0) }
        } catch let error as SystemCallError where error.errno == ENOENT {
            guard home.isConfigFileNamed else { return [] }  // without the file the defaults are used
            return [Finding("\(error)", fix: "create the file, or unset EGGHEAD_CONFIG")]
        } catch let error as SystemCallError where error.errno == EACCES && isSystems {
            return []  // the file holds keys; only root and the node may read it
        } catch {
            return [Finding("\(error)", fix: "make the file readable")]
        }
        return []
    }

    private func directoryFindings() -> [Finding] {
        // A person needs no permissions in the directories of the system's node.
        guard !isSystems else { return [] }
        return [home.recordsDirectory, home.stateDirectory, home.runDirectory].compactMap { directory in
            guard access(directory, F_OK) == 0, access(directory, W_OK | X_OK) != 0 else { return nil }
            return Finding(
                "\(directory): \(String(cString: strerror(errno)))",
                fix: "give this user write access: chown or chmod u+rwx")
        }
    }

    private var isSystems: Bool { home.runDirectory == "/run/egghead" && getuid() != 0 }

    // MARK: Services

    private func serviceFindings() throws -> [Finding] {
        let session = try NodeSession(place)
        var records: [Finding] = [], providers: [Finding] = [], open = 2
        func done() {
            open -= 1
            if open == 0 { session.end() }
        }
        session.bus.request(Store.Problems.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline) {
            records = Self.findings($0) { $0.problems.map { Finding($0) } }
            done()
        }
        session.bus.request(Gateway.Providers.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline) {
            providers = Self.findings($0, findings(of:))
            done()
        }
        try session.run()
        return providers + records
    }

    private static func findings<Reply>(
        _ result: Result<Reply, ServiceFailure>, _ body: (Reply) -> [Finding]
    ) -> [Finding] {
        switch result {
        case .success(let reply): body(reply)
        case .failure(let failure): [Finding(failure.message, fix: "`egghead ps` shows what is down")]
        }
    }

    private func findings(of reply: Gateway.Providers.Reply) -> [Finding] {
        let interpreter = home.stateDirectory + "/models/local/venv/bin/python"
        return Finding.providers(
            reply, configFile: home.configFile, interpreter: interpreter,
            isInstalled: Files.isExecutable(interpreter))
    }
}
