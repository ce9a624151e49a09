import CLinux
import Glibc

/// What a descriptor is watched for.
public struct Interest: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// A set of these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// There is something to read, or the peer has gone.
    public static let read = Interest(rawValue: 1)
    /// The kernel takes bytes again.
    public static let write = Interest(rawValue: 2)
    /// A file of the kernel's has other content; reported as readable.
    public static let change = Interest(rawValue: 4)
}

/// What has happened to a watched descriptor.
public struct Readiness: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// A set of these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Reading will not wait; end-of-file and errors count, so that the reader meets them.
    public static let readable = Readiness(rawValue: 1)
    /// Writing will not wait; errors count.
    public static let writable = Readiness(rawValue: 2)
}

/// The kernel's list of watched descriptors, level-triggered. Each has a key of the caller's choice that comes back
/// with its news, so that news of a descriptor number that was closed and used again can be told from its successor's.
///
/// See: epoll(7)
public struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private static let eventsMax: CInt = 256

    /// An empty list.
    ///
    /// - Throws: `epoll_create1`.
    public init() throws(SystemCallError) {
        events = .allocate(capacity: Int(Self.eventsMax))
        descriptor = FileDescriptor(owning: try completedCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
    }

    deinit { events.deallocate() }

    /// Starts watching.
    public func add(_ watched: CInt, _ interest: Interest, key: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_ADD, watched, interest, key)
    }

    /// Changes what is watched for.
    public func modify(_ watched: CInt, _ interest: Interest, key: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_MOD, watched, interest, key)
    }

    /// Stops watching.
    public func remove(_ watched: CInt) {
        // A descriptor that is closed already has left the list by itself.
        epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, watched, nil)
    }

    private func control(_ operation: CInt, _ watched: CInt, _ interest: Interest, _ key: UInt64)
        throws(SystemCallError)
    {
        var event = epoll_event()
        if interest.contains(.read) { event.events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
        if interest.contains(.change) { event.events |= EPOLLPRI.rawValue }
        event.data.u64 = key
        let list = descriptor.raw
        try completedCall("epoll_ctl") { epoll_ctl(list, operation, watched, &event) }
    }

    /// Waits for news.
    ///
    /// - Parameters:
    ///   - milliseconds: The longest wait; -1 waits for ever, 0 not at all.
    /// - Returns: How many pieces there are for `event`, at most 256; 0 after the wait or a signal.
    public func wait(milliseconds: CInt) throws(SystemCallError) -> Int {
        let count = epoll_wait(descriptor.raw, events, Self.eventsMax, milliseconds)
        if count < 0, errno != EINTR { throw SystemCallError("epoll_wait", errno: errno) }
        return max(0, Int(count))
    }

    /// A piece of the news of the last wait.
    public func event(_ index: Int) -> (key: UInt64, readiness: Readiness) {
        (events[index].data.u64, Readiness(events: events[index].events))
    }
}

extension Readiness {
    fileprivate init(events: UInt32) {
        self = []
        let gone = EPOLLERR.rawValue | EPOLLHUP.rawValue
        if events & (EPOLLIN.rawValue | EPOLLPRI.rawValue | EPOLLRDHUP.rawValue | gone) != 0 { insert(.readable) }
        if events & (EPOLLOUT.rawValue | gone) != 0 { insert(.writable) }
    }
}
