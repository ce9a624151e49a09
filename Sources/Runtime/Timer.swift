import Time

/// A call in the future.
public final class Timer {
    let deadline: Instant
    private var handler: (() -> Void)?

    init(deadline: Instant, handler: @escaping () -> Void) {
        self.deadline = deadline
        self.handler = handler
    }

    /// Whether the call is still to come.
    public var isPending: Bool { handler != nil }

    /// Takes the call back; one that has happened cannot be.
    public func cancel() { handler = nil }

    func fire() {
        let handler = handler
        self.handler = nil
        handler?()
    }
}

/// The timers of a loop as a binary heap: the earliest first, equal ones in the order of their making.
struct TimerQueue {
    private var heap: [(timer: Timer, order: UInt64)] = []
    private var made: UInt64 = 0
    private var sizeAfterSweep = 0

    /// When the next timer is due; cancelled ones that lie on top are dropped first.
    var nextDeadline: Instant? {
        mutating get {
            dropCancelled()
            return heap.first?.timer.deadline
        }
    }

    /// How many timers there are, cancelled ones that have not been swept out yet among them.
    var count: Int { heap.count }

    /// Sweeping is worth it from here on.
    private static let sweepSize = 64

    /// Cancelled timers leave when they come to the top, or when they are the half of all.
    private mutating func sweep() {
        guard heap.count >= max(Self.sweepSize, 2 * sizeAfterSweep) else { return }
        let pending = heap.filter { $0.timer.isPending }
        heap.removeAll(keepingCapacity: true)
        for entry in pending { push(entry) }
        sizeAfterSweep = heap.count
    }

    mutating func insert(_ timer: Timer) {
        sweep()
        push((timer, made))
        made += 1
    }

    private mutating func push(_ entry: (timer: Timer, order: UInt64)) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the earliest timer that is due.
    mutating func next(dueAt now: Instant) -> Timer? {
        dropCancelled()
        guard let first = heap.first, first.timer.deadline <= now else { return nil }
        removeFirst()
        return first.timer
    }

    private mutating func dropCancelled() {
        while let first = heap.first, !first.timer.isPending { removeFirst() }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].timer.deadline, heap[left].order) < (heap[right].timer.deadline, heap[right].order)
    }
}
