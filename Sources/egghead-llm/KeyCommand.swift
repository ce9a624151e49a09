import Glibc
import LinuxSystem
import Runtime
import Services

/// A program that prints a key, such as a password manager: started, heard out, and ended if it takes too long.
///
/// It inherits what this process has in its environment, which holds no key, and cannot gain privileges. The key is the
/// last line that it prints; the last line of its errors is told when it fails.
final class KeyCommand {
    /// Called once, in a later turn of the loop; not after `stop`.
    private var onEnd: ((KeyRing.Outcome) -> Void)?
    /// Called once, when the program is no more; until then the object is kept by who has made it.
    private let onGone: (KeyCommand) -> Void
    private let child: ChildHandle
    private let output: Reader, errors: Reader
    private var watch: Watch?
    private var timer: Timer?

    /// Starts a program.
    ///
    /// - Parameter words: The program, by its absolute path, and its arguments.
    /// - Throws: The step of starting it that failed.
    init(
        _ words: [String], loop: EventLoop, onEnd: @escaping (KeyRing.Outcome) -> Void,
        onGone: @escaping (KeyCommand) -> Void
    ) throws(SystemCallError) {
        self.onEnd = onEnd
        self.onGone = onGone
        let (output, outputEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        let (errors, errorsEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        // A child of ours writes both to one place; the shell parts them.
        let parted = ["/bin/sh", "-c", #"exec "$@" 2>&3 3>&-"#, "sh"] + words
        var plan = SpawnPlan(executable: parted[0], arguments: parted, environment: CurrentProcess.environmentEntries)
        plan.standardError = outputEnd.raw
        plan.descriptors = [errorsEnd.raw]
        child = try ChildHandle(spawning: plan)
        self.output = Reader(output, loop)
        self.errors = Reader(errors, loop)
        do throws(SystemCallError) {
            watch = try loop.watch(child.pidfd.raw, for: .read) { [unowned self] _ in reap() }
        } catch {
            child.signalGroup(.kill)
            throw error
        }
        timer = loop.schedule(after: GatewayLimits.keyCommandTime) { [weak self] in
            let seconds = GatewayLimits.keyCommandTime.components.seconds
            self?.end(.failure(KeyProblem("it took longer than \(seconds) s")))
            self?.stop()
        }
    }

    /// Ends the program; nothing is heard of it any more.
    func stop() {
        onEnd = nil
        timer?.cancel()
        child.signalGroup(.kill)
    }

    private func reap() {
        guard let status = child.reap() else { return }
        watch?.cancel()
        let told = errors.finish().map { ": \($0.prefix(200))" } ?? ""
        switch (status, output.finish()) {
        case (.exited(code: 0), _) where output.isOverfull: end(.failure(KeyProblem("it printed too much")))
        case (.exited(code: 0), let line?): end(.success(String(line.filter { !$0.isWhitespace })))
        case (.exited(code: 0), nil): end(.failure(KeyProblem("it printed nothing\(told)")))
        case (.exited(let code), _): end(.failure(KeyProblem("it ended with status \(code)\(told)")))
        case (.signaled(let signal, _), _): end(.failure(KeyProblem("it was ended by \(signal)")))
        }
        timer?.cancel()
        onGone(self)
    }

    private func end(_ outcome: KeyRing.Outcome) {
        onEnd?(outcome)
        onEnd = nil
    }
}

/// Reads what a program writes into a pipe.
private final class Reader {
    private let pipe: SharedDescriptor
    private var watch: Watch?
    private var text: [UInt8] = []
    /// Whether more came than is kept.
    private(set) var isOverfull = false

    init(_ pipe: SharedDescriptor, _ loop: EventLoop) {
        self.pipe = pipe
        // Without a watch everything is read at the end.
        watch = try? loop.watch(pipe.raw, for: .read) { [unowned self] _ in read() }
    }

    /// Reads what is there.
    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = buffer.withUnsafeMutableBytes { (try? pipe.read(into: $0)) ?? nil }
            guard let count else { return }
            guard count > 0 else {
                watch?.cancel()
                watch = nil
                return
            }
            let room = GatewayLimits.keyBytesMax - text.count
            isOverfull = isOverfull || count > room
            text += buffer.prefix(min(count, room))
        }
    }

    /// The last line that is not blank, when the program has ended.
    func finish() -> String? {
        read()
        watch?.cancel()
        watch = nil
        return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
            .last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }
}
