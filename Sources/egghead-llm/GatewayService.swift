import Bus
import BusClient
import LinuxSystem
import Models
import Runtime
import Services

/// The gateway as a child of eggheadd and a service on the bus.
final class GatewayService {
    private let process: ChildProcess
    private let gateway: ChatGateway
    private let bus: BusClient
    private let keys: KeyRing

    /// A service that is not there for anybody yet.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another gateway has the journal.
    init(_ process: ChildProcess, _ settings: GatewaySettings) throws {
        self.process = process
        keys = KeyRing(
            loop: process.loop, variables: process.takeVariables(), mayStartPrograms: settings.startsPrograms)
        keys.read(settings)
        // Before the client, whose end of a turn writes out what the gateway publishes at the end of the same turn.
        let spending = try SpendingJournal(
            directory: settings.spendingDirectory, loop: process.loop, log: process.log)
        let registry = ProviderRegistry(settings, keys: keys, prices: PriceTable(settings, log: process.log))
        gateway = ChatGateway(registry: registry, spending: spending, loop: process.loop, log: process.log)
        bus = BusClient(child: process)
    }

    /// Serves. READY follows the first connection to the broker, when the subscriptions are made.
    func start() {
        serveRequests()
        followCallers()
        keys.onChange = { [unowned self] in
            gateway.keyChanged(of: $0)
            warnOfMissingKeys()
        }
        gateway.onKeyRefused = { [unowned self] in keys.refused($0) }
        let (terminate, drain) = (process.onTerminate, process.onDrain)
        process.onTerminate = { [unowned self] in
            gateway.settleAll()
            terminate()
        }
        process.onDrain = { [unowned self] in
            gateway.settleAll()
            drain()
        }
        process.readsFiles = true  // those with keys, and the table of prices
        process.onReload = { [unowned self] in reload() }
        gateway.onCount = { [unowned self] in process.notifier.status($0.description) }
        process.notifier.status(CallCount(running: 0, waiting: 0).description)
        warnOfMissingKeys()
        bus.onConnect = { [unowned self] in
            process.notifier.ready()
            bus.loop.schedule(after: GatewayLimits.reattachment) { [unowned self] in forgetCallersThatHaveGone() }
        }
    }

    private func serveRequests() {
        bus.serve(Gateway.Chat.self) { [unowned self] request, caller, responder in
            do throws(ServiceFailure) {
                try gateway.chat(request, from: caller) { responder.each($0) }
            } catch {
                responder.fail(error)
            }
        }
        bus.serve(Gateway.Cancel.self) { [unowned self] request, caller, responder in
            gateway.cancel(request.id, from: caller)
            responder.reply(Empty())
        }
        bus.serve(Gateway.Models.self) { [unowned self] request, _, responder in
            gateway.models(of: request.provider) { result in
                switch result {
                case .success(let reply): responder.reply(reply)
                case .failure(let failure): responder.fail(ServiceFailure(.failed, failure.message))
                }
            }
        }
        bus.serve(Gateway.Nearby.self) { [unowned self] _, _, responder in
            gateway.nearby { responder.reply(Gateway.Nearby.Reply(servers: $0)) }
        }
        bus.serve(Gateway.Usage.self) { [unowned self] request, _, responder in
            responder.reply(gateway.usage(request))
        }
        bus.serve(Gateway.Providers.self) { [unowned self] _, _, responder in
            responder.reply(gateway.providers)
        }
    }

    /// An agent that has died reads no more, and its successor asks under new ids.
    private func followCallers() {
        bus.subscribe("sys.child.>") { [unowned self] message in
            guard let event = try? message.decode(ChildEvent.self), event.event == .exited else { return }
            gateway.cancelAll { $0.rawValue == event.name }
        }
    }

    /// Deaths that were told while there was no connection have been missed.
    private func forgetCallersThatHaveGone() {
        bus.request(Broker.Children.self, Empty()) { [unowned self] result in
            // Without an answer the calls go on: that wastes words, cancelling would lose them.
            guard case .success(let reply) = result else { return }
            let alive = Set(reply.children.map(\.name))
            gateway.cancelAll { !$0.isPerson && !alive.contains($0.rawValue) }
        }
    }

    private func reload() {
        do {
            let settings = try process.settings(GatewaySettings.self)
            keys.read(settings)
            gateway.reload(
                ProviderRegistry(settings, keys: keys, prices: PriceTable(settings, log: process.log)))
            gateway.beginKeyless()
            process.log.notice(
                "providers.reloaded", ["providers": gateway.registry.names.joined(separator: ",")])
            warnOfMissingKeys()
        } catch {
            process.log.error("providers.unreadable", ["error": "\(error)", "next": "the old ones stay"])
        }
    }

    private func warnOfMissingKeys() {
        for (_, failure) in gateway.registry.withoutKey.sorted(by: { $0.key < $1.key }) {
            process.log.warning("provider.keyless", ["message": failure.message])
        }
    }
}
