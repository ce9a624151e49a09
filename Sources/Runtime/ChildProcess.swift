import Confinement
import JSON
import LinuxSystem
import Services

/// What every child of the built-in tree does to be one: it adopts its parent channel, learns who it is, says when it
/// is ready, stops when asked, and leaves when eggheadd has gone.
public final class ChildProcess {
    /// The process's loop.
    public let loop: EventLoop
    /// The way to eggheadd.
    public let channel: ParentChannel
    /// Readiness and status.
    public let notifier: Notifier
    /// The process's log.
    public let log: Log
    /// Who this is, as of the last configuration.
    public private(set) var configuration: ChildConfiguration

    /// Called with each new connection to the broker, the first included.
    public var onBus: (consuming FileDescriptor) -> Void = { _ in }
    /// Called after eggheadd has read its configuration again and this child's part of it differs, or `readsFiles`.
    public var onReload: () -> Void = {}
    /// Whether this child reads files that its part of the configuration names: a reload always concerns it.
    public var readsFiles = false
    /// Called for the messages that only the broker gets.
    public var onMessage: (SupervisorMessage, consuming FileDescriptor?) -> Void = { _, _ in }
    /// SIGTERM: stop now. The default ends the loop with status 0.
    public var onTerminate: () -> Void
    /// SIGHUP: finish what is begun, take nothing new, end. The default does as `onTerminate`.
    public var onDrain: () -> Void

    /// How long after a notification for which the supervisor had no place it is offered again.
    private static let notificationPause = Duration.milliseconds(20)

    /// Blocks signals, adopts the channel and reads the configuration. Call it first.
    ///
    /// - Parameters:
    ///   - executable: The executable's name, for the log.
    /// - Throws: `ServiceFailure` when the process was not started by eggheadd; `SystemCallError`.
    public init(executable: String) throws {
        // Others of the same user, such as what an agent runs, must not read our memory or take our descriptors: the
        // connection to the broker is our name. See: ptrace(2), pidfd_getfd(2)
        CurrentProcess.forbidDumping()
        let loop = try EventLoop()
        guard let number = CurrentProcess.environment("EGGHEAD_CHANNEL").flatMap({ CInt($0) }), number > 2 else {
            throw ServiceFailure(
                .invalid, "\(executable) is started by eggheadd, which gives it a channel; run `egghead serve`")
        }
        let channel = ParentChannel(owning: FileDescriptor(owning: number), loop: loop)
        guard case .configuration(let configuration)? = try channel.firstMessage() else {
            throw ServiceFailure(.invalid, "\(executable): the parent channel did not begin with a configuration")
        }
        self.loop = loop
        self.channel = channel
        notifier = Notifier(title: ([executable] + CommandLine.arguments.dropFirst()).joined(separator: " "))
        CurrentProcess.setName(configuration.name)
        self.configuration = configuration
        let agent =
            Principal(rawValue: configuration.name)?.agent.map { [("EGGHEAD_AGENT", $0.rawValue)] } ?? []
        log = Log(identifier: executable, fields: [("EGGHEAD_CHILD", configuration.name)] + agent)
        notifier.onBlocked = { [unowned loop, unowned notifier] in
            loop.schedule(after: Self.notificationPause) { notifier.resend() }
        }
        onTerminate = { [unowned loop] in loop.stop(.success) }
        onDrain = { [unowned loop] in loop.stop(.success) }
        SignalDescriptor.ignorePipe()
        try loop.onSignals([.terminate, .interrupt, .hangup]) { [unowned self] signal in
            if signal == .hangup { onDrain() } else { onTerminate() }
        }
    }

    /// The environment with which eggheadd was started, if it has handed that over. Call it once.
    public func takeVariables() -> EnvironmentBlock? {
        guard let number = CurrentProcess.environment("EGGHEAD_VARIABLES").flatMap({ CInt($0) }), number > 2 else {
            return nil
        }
        return EnvironmentBlock(owning: FileDescriptor(owning: number))
    }

    /// Makes a directory that this process is to keep when it is confined.
    ///
    /// - Returns: The directory; where the disk refuses it now, the one above, in which the process will make it.
    public static func keptDirectory(_ path: String) -> String {
        (try? Files.makeDirectories(path, mode: 0o750)) == nil ? Files.split(path).directory : path
    }

    /// Leaves this process what it needs and nothing else, for good. Call it when everything is open that it could not
    /// open later, and before anything is read from the bus.
    public func confine(to confinement: Confinement) {
        notifier.connect()
        let outcome = confinement.enforce()
        if let reason = outcome.filterProblem {
            log.warning("confinement.unfiltered", ["reason": reason, "next": "it can make every system call"])
        }
        if let reason = outcome.landlockProblem {
            log.notice("confinement.partial", ["reason": reason, "next": "system calls are filtered all the same"])
        }
    }

    /// This child's settings.
    ///
    /// - Throws: `JSONProblem` when they are not of this type: eggheadd and this program are of different builds.
    public func settings<Settings: Codable>(_ type: Settings.Type) throws(JSONProblem) -> Settings {
        try JSON.decode(type, from: JSON.encode(configuration.settings))
    }

    /// Serves until it is told to stop, or until eggheadd has gone.
    ///
    /// - Returns: The exit status.
    public func run() throws -> ExitStatus {
        channel.onMessage = { [unowned self] message, descriptor in receive(message, descriptor) }
        channel.onEnd = { [unowned self] in loop.stop(.success) }
        try channel.start()
        // Each beat says that the loop turns: a process that hangs in a handler is silent.
        if let watchdog = Notifier.watchdogInterval {
            loop.beat(every: watchdog / 2) { [unowned self] in notifier.watchdog() }
        }
        // Reading the configuration goes deep, serving does not; with a hundred agents that is some megabytes.
        loop.schedule(after: .seconds(1)) {
            CurrentProcess.returnFreeMemory()
            CurrentProcess.returnStack()
        }
        let status = try loop.run()
        notifier.stopping()
        return status
    }

    private func receive(_ message: SupervisorMessage, _ descriptor: consuming FileDescriptor?) {
        switch message {
        case .bus:
            if let descriptor { onBus(descriptor) }
        case .configuration(let new):
            guard readsFiles || new != configuration else { return }
            configuration = new
            onReload()
        case .attach, .child, .peer, .reply, .refusal:
            onMessage(message, descriptor)
        }
    }

    /// Runs a process's main function: what it throws becomes one line on standard error and an exit status. A person
    /// who asks for its version or for help gets that.
    public static func main(_ body: () throws -> ExitStatus) -> Never {
        if let answer = answer(to: CommandLine.arguments) {
            print(answer)
            ExitStatus.success.exit()
        }
        do {
            try body().exit()
        } catch {
            Log(identifier: "egghead").error("process.failed", ["error": "\(error)"])
            let isMisuse = (error as? ServiceFailure)?.code == .invalid
            (isMisuse ? ExitStatus.usage : ExitStatus.failure).exit()
        }
    }

    /// What a person gets who has started the process by hand; nil when nothing was asked.
    static func answer(to arguments: [String]) -> String? {
        let name = Files.split(arguments.first ?? "").name
        switch arguments.dropFirst().first {
        case "--version": return Release.line(of: name)
        case "--help", "-h": return "\(name) is a part of Egghead that eggheadd starts. See docs/\(name).md"
        case _: return nil
        }
    }
}
