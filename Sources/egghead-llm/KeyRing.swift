import Glibc
import LinuxSystem
import Runtime
import Services
import Time

/// The keys that are in variables, files and credentials, and those that programs print: each is read with the
/// configuration, and again when it was refused.
final class KeyRing {
    /// What came of it: the key, or why there is none.
    typealias Outcome = Result<String, KeyProblem>

    /// Called when a provider's key, or why there is none, is known.
    var onChange: (_ provider: String) -> Void = { _ in }

    /// A place of the configuration, and what was found there.
    private struct Entry {
        var source: KeySource
        var outcome: Outcome?
        var running: KeyCommand?
        var readAt: Instant
    }

    private let loop: EventLoop
    private var entries: [String: Entry] = [:]
    private var reader: SecretReader
    private let variables: EnvironmentBlock?
    private let mayStartPrograms: Bool
    /// The programs that have not ended, those of a former configuration among them.
    private var commands: [ObjectIdentifier: KeyCommand] = [:]

    /// A ring without keys.
    ///
    /// - Parameters:
    ///   - variables: The environment with which eggheadd was started; nil when it has handed none over.
    ///   - mayStartPrograms: Whether this process has kept the right to; it cannot get it back.
    init(loop: EventLoop, variables: EnvironmentBlock?, mayStartPrograms: Bool) {
        self.loop = loop
        self.variables = variables
        reader = SecretReader(variables: variables, credentialsDirectory: nil)
        self.mayStartPrograms = mayStartPrograms
    }

    /// The configuration was read: every file that it names is read, and every program run. A key that is there holds
    /// until the new one has come; what a program of the former configuration prints counts for nothing.
    func read(_ settings: GatewaySettings) {
        reader = SecretReader(variables: variables, credentialsDirectory: settings.credentialsDirectory)
        var kept = entries
        entries = [:]
        for provider in settings.providers {
            guard let source = provider.keySource else { continue }
            let former = kept[provider.name].flatMap {
                $0.source == source ? kept.removeValue(forKey: provider.name) : nil
            }
            entries[provider.name] = former ?? Entry(source: source, readAt: loop.now)
        }
        for former in kept.values { former.running?.stop() }
        for name in entries.keys.sorted() where entries[name]?.running == nil { read(keyOf: name) }
    }

    /// Whether a provider has no key yet because its program has not ended.
    func isAwaited(_ provider: String) -> Bool { entries[provider].map { $0.outcome == nil } ?? false }

    /// The key of a provider; nil while there is none.
    func key(of provider: String) -> String? { try? entries[provider]?.outcome?.get() }

    /// Why a provider has no key; nil when it has one, or is no matter of this ring.
    func problem(of provider: String) -> String? {
        guard case .failure(let problem)? = entries[provider]?.outcome, !problem.description.isEmpty else { return nil }
        return problem.description
    }

    /// A key was refused: it may have been changed, so it is read again, but not again and again.
    func refused(_ provider: String) {
        guard let entry = entries[provider], entry.source.mayChange, entry.running == nil,
            loop.now - entry.readAt >= GatewayLimits.keyPause
        else { return }
        read(keyOf: provider)
        if case .command = entry.source { return }  // it has not ended
        onChange(provider)
    }

    private func read(keyOf provider: String) {
        guard let source = entries[provider]?.source else { return }
        entries[provider]?.readAt = loop.now
        if case .command(let words) = source { return run(words, provider) }
        do throws(SecretReader.Problem) {
            let key = try reader.secret(at: source)
            if case .environment = source, key.isEmpty {
                entries[provider]?.outcome = .failure(KeyProblem(""))  // it is missed without a further reason
            } else {
                let objection = KeySource.objection(toKey: key)
                entries[provider]?.outcome = objection.map { .failure(KeyProblem($0)) } ?? .success(key)
            }
        } catch {
            entries[provider]?.outcome = .failure(KeyProblem(error.description))
        }
    }

    private func run(_ words: [String], _ provider: String) {
        guard mayStartPrograms else {
            let advice = "llm was started when no key was printed by a program, and has given up the right to start one"
            return end(provider, .failure(KeyProblem("\(advice); `egghead restart llm`")))
        }
        do throws(SystemCallError) {
            let command = try KeyCommand(
                words, loop: loop, onEnd: { [unowned self] in end(provider, $0) },
                onGone: { [unowned self] in commands[ObjectIdentifier($0)] = nil })
            commands[ObjectIdentifier(command)] = command
            entries[provider]?.running = command
        } catch {
            end(provider, .failure(KeyProblem("\(error)")))
        }
    }

    private func end(_ provider: String, _ outcome: Outcome) {
        entries[provider]?.running = nil
        entries[provider]?.outcome = outcome
        onChange(provider)
    }
}

/// Why there is no key where one is to be.
struct KeyProblem: Error, Hashable, CustomStringConvertible {
    /// For example `it ended with status 1: no such entry`.
    let description: String

    /// A problem in words.
    init(_ description: String) { self.description = description }
}

extension KeySource {
    /// Whether a key may be another one than when it was read first.
    fileprivate var mayChange: Bool { if case .environment = self { false } else { true } }
}
