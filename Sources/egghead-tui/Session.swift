import Bus
import Control
import Glibc
import LinuxSystem
import Runtime
import Services
import Terminal

/// A terminal attached to a node: turns what happens into messages for the model, does what the model wants, and paints
/// what has changed at the end of each turn of the loop.
final class Session {
    private let bus: BusClient
    /// It stands behind the connection, which on its end still takes its watch out of it.
    private let loop: EventLoop
    private let home: Home
    private let screen: CursesScreen
    private let appearance = Appearance(width: CursesScreen.width, clock: LocalClock.hourAndMinute)
    private var model: Model
    private var isDirty = true
    private var keys: Watch?

    /// How long the coordinator and eggheadd may take to answer before they are asked again.
    private static let answerWait = Duration.seconds(5)

    /// Attaches the terminal until the person leaves; when this returns, the terminal is as it was.
    static func attach(to home: Home, room: RoomName?) throws -> ExitStatus {
        guard let screen = CursesScreen() else {
            throw ServiceFailure(.invalid, "opening the terminal: ncurses does not know its type; set TERM")
        }
        return try Session(home: home, room: room, screen: screen, loop: EventLoop()).run()
    }

    private init(home: Home, room: RoomName?, screen: consuming CursesScreen, loop: EventLoop) {
        self.home = home
        self.screen = screen
        self.loop = loop
        bus = BusClient(loop: loop)
        // The pid and the date make the ids of this run's requests its own.
        let prefix = "tui-\(getpid())-\(Clock.nanosecondsSince1970())"
        model = Model(room: room, requestPrefix: prefix, now: Clock.timestamp())
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

    /// A terminal that has gone is readable for ever, and there is nothing to read.
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
        case .quit: loop.stop(.success)
        }
    }

    private func follow(_ room: RoomName) {
        bus.subscribe(SubjectPattern(.roomEvent(room))) { [unowned self] message in
            if let event = try? message.decode(RoomEvent.self) { receive(.event(event)) }
        }
        bus.subscribe(SubjectPattern(.roomHead(room))) { [unowned self] message in
            if let head = try? message.decode(RoomHead.self) { receive(.head(head)) }
        }
        bus.subscribe(.roomDeltas(room)) { [unowned self] message in
            // The broker lets nobody publish under another's name.
            let token = message.subject.description.split(separator: ".").last ?? ""
            guard let name = Principal(token: token), let delta = try? message.decode(RoomDelta.self) else { return }
            receive(.delta(from: name, delta))
        }
    }
}
