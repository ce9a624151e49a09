import LinuxSystem
import Runtime
import Services
import Time

/// The keys that programs print: each program is run when the configuration is read, and again when its key was
/// refused.
final class KeyRing {
    /// Called when a provider's key, or why there is none, is known.
    var onChange: (_ provider: String) -> Void = { _ in }

    /// A program of the configuration, and what came of it.
    private struct Entry {
        var words: [String]
        var outcome: KeyCommand.Outcome?
        var running: KeyCommand?
        var ranAt: Instant
    }

    private let loop: EventLoop
    private var entries: [String: Entry] = [:]
    /// The programs that have not ended, those of a former configuration among them.
    private var commands: [ObjectIdentifier: KeyCommand] = [:]

    /// A ring without keys.
    init(loop: EventLoop) { self.loop = loop }

    /// The configuration was read: every program that it names is run. A key that is there holds until the new one has
    /// come; what a program of the former configuration prints counts for nothing.
    func read(_ settings: GatewaySettings) {
        var kept = entries
        entries = [:]
        for provider in settings.providers {
            guard case .command(let words)? = provider.keySource else { continue }
            let former = kept[provider.name].flatMap {
                $0.words == words ? kept.removeValue(forKey: provider.name) : nil
            }
            entries[provider.name] = former ?? Entry(words: words, ranAt: loop.now)
        }
        for former in kept.values { former.running?.stop() }
        for name in entries.keys.sorted() where entries[name]?.running == nil { run(name) }
    }

    /// Whether a provider has no key yet because its program has not ended.
    func isAwaited(_ provider: String) -> Bool { entries[provider].map { $0.outcome == nil } ?? false }

    /// The key of a provider; nil while there is none.
    func key(of provider: String) -> String? { try? entries[provider]?.outcome?.get() }

    /// Why a provider has no key; nil when it has one, or is no matter of a program.
    func problem(of provider: String) -> String? {
        if case .failure(let failure)? = entries[provider]?.outcome { failure.reason } else { nil }
    }

    /// A key was refused: it may have been changed, so its program is run again, but not again and again.
    func refused(_ provider: String) {
        guard let entry = entries[provider], entry.running == nil,
            loop.now - entry.ranAt >= GatewayLimits.keyCommandPause
        else { return }
        run(provider)
    }

    private func run(_ provider: String) {
        guard let words = entries[provider]?.words else { return }
        entries[provider]?.ranAt = loop.now
        do throws(SystemCallError) {
            let command = try KeyCommand(
                words, loop: loop, onEnd: { [unowned self] in end(provider, $0) },
                onGone: { [unowned self] in commands[ObjectIdentifier($0)] = nil })
            commands[ObjectIdentifier(command)] = command
            entries[provider]?.running = command
        } catch {
            end(provider, .failure(KeyCommandFailure("\(error)")))
        }
    }

    private func end(_ provider: String, _ outcome: KeyCommand.Outcome) {
        entries[provider]?.running = nil
        entries[provider]?.outcome = outcome
        onChange(provider)
    }
}
