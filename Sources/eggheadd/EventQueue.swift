import Supervision

/// The events that wait for the tree, oldest first. A stop precedes all others, however many wait.
struct EventQueue {
    private var events: [Event] = []

    /// Whether no event waits.
    var isEmpty: Bool { events.isEmpty }

    /// Adds an event.
    mutating func add(_ event: Event) { events.insert(event, at: event == .stop ? 0 : events.count) }

    /// Takes the next event.
    mutating func popFirst() -> Event? { events.isEmpty ? nil : events.removeFirst() }
}
