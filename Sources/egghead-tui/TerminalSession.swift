import Bus
import BusClient
import Control
import Glibc
import LinuxSystem
import Runtime
import Services
import Terminal

/// A terminal that is attached to a node: turns events into messages for the model, performs its effects, and paints
/// the screen at the end of each turn of the loop if the model has changed.
final class TerminalSession {
    private let bus: BusClient
    /// It is declared after the client, so that it still exists when the client removes its watch at the end.
    private let loop: EventLoop
    private let home: Home
    private let screen: CursesScreen
    private let appearance = Appearance(width: CursesScreen.width, clock: LocalClock.hourAndMinute)
    private var model: Model
    private var isDirty = true
    private var keys: Watch?

    /// The deadline for an answer of the coordinator or eggheadd, after which the model asks again.
    private static let answerWait = Duration.seconds(5)

    /// Attaches the terminal until the person quits or hangs up. When this returns, the terminal is restored.
    ///
    /// - Parameter room: The room; nil is the default room.
    /// - Returns: `success`.
    /// - Throws: `ServiceFailure` with the code `invalid` if ncurses does not know the terminal type,
    ///   `SystemCallError`.
    static func attach(to home: Home, room: RoomName?) throws -> ExitStatus {
        guard let screen = CursesScreen() else {
            throw ServiceFailure(.invalid, "opening the terminal: ncurses does not know its type; set TERM")
        }
        return try TerminalSession(home: home, room: room, screen: screen, loop: EventLoop()).run()
    }

    private init(home: Home, room: RoomName?, screen: consuming CursesScreen, loop: EventLoop) {
        self.home = home
        self.screen = screen
        self.loop = loop
        bus = BusClient(loop: loop)
        model = Model(room: room, requestPrefix: RequestID.make(for: "tui"), now: Clock.timestamp())
    }

    private func run() throws -> ExitStatus {
        SignalDescriptor.ignorePipe()
        try loop.onSignals([.windowChange, .terminate, .hangup]) { [unowned self] signal in
            if signal == .windowChange { isDirty = true } else { loop.stop(.success) }
        }
        keys = try loop.watch(0, for: .read) { [unowned self] _ in readKeys() }
        loop.onTurnEnd { [unowned self] in paint() }
        attach()
        tick()
        return try loop.run()
    }

    private func attach() {
        bus.onConnect = { [unowned self] in receive(.connected) }
        bus.onDisconnect = { [unowned self] in receive(.disconnected) }
        bus.subscribe("sys.child.>") { [unowned self] message in
            if let event = try? message.decode(ChildEvent.self) { receive(.child(event)) }
        }
        bus.connect(path: home.busSocket)
    }

    private func tick() {
        receive(.tick(now: Clock.timestamp()))
        loop.schedule(after: .seconds(1)) { [unowned self] in tick() }
    }

    private func readKeys() {
        var isAnyRead = false
        while let key = screen.nextKey() {
            isAnyRead = true
            receive(.key(key))
        }
        if !isAnyRead { endIfHungUp() }
    }

    /// Ends the loop if the terminal has hung up. It is readable then, but there is nothing to read.
    private func endIfHungUp() {
        var poller = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        poll(&poller, 1, 0)
        if poller.revents & Int16(POLLHUP | POLLERR) != 0 { loop.stop(.success) }
    }

    private func paint() {
        guard isDirty else { return }
        isDirty = false
        let drawn = view(model, screen.size(), appearance)
        screen.paint(drawn)
        (model, _) = Model.update(model, .painted(transcript: drawn.transcript, side: drawn.side))
    }

    private func receive(_ message: Message) {
        let (next, effects) = Model.update(model, message)
        model = next
        isDirty = true
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .follow(let room): follow(room)
        case .askRooms:
            bus.request(Coordinator.Rooms.self, Empty(), deadline: Self.answerWait) { [unowned self] in
                receive(.rooms($0))
            }
        case .askHistory(let question):
            bus.request(Coordinator.History.self, question, deadline: Self.answerWait) { [unowned self] in
                receive(.history($0))
            }
        case .askTree(.bus):
            bus.request(Supervisor.List.self, Empty(), deadline: Self.answerWait) { [unowned self] in receive(.tree($0))
            }
        case .askTree(.controlSocket):
            ControlRequest.send(
                Supervisor.List.self, Empty(), to: home.controlSocket, loop: loop, deadline: Self.answerWait
            ) { [unowned self] in receive(.tree($0)) }
        case .post(let request):
            bus.request(Coordinator.Post.self, request, deadline: Self.answerWait) { [unowned self] in
                receive(.posted(request: request.request, $0))
            }
        case .approve(let request):
            bus.request(Toolbox.Approve.self, request, deadline: Self.answerWait) { [unowned self] in
                receive(.answered($0))
            }
        case .deny(let request):
            bus.request(Toolbox.Deny.self, request, deadline: Self.answerWait) { [unowned self] in
                receive(.answered($0))
            }
        case .cancel(let request):
            bus.request(Coordinator.Cancel.self, request, deadline: Self.answerWait) { [unowned self] in
                receive(.cancelled($0))
            }
        case .quit: loop.stop(.success)
        }
    }

    private func follow(_ room: RoomName) {
        bus.subscribe(
            toRoom: room, onEvent: { [unowned self] in receive(.event($0)) },
            onHead: { [unowned self] in receive(.head($0)) })
        bus.subscribe(toDeltasOf: room) { [unowned self] from, delta in receive(.delta(from: from, delta)) }
    }
}
