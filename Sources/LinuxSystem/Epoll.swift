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

    /// An empty list.
    ///
    /// - Throws: `epoll_create1`.
    public init() throws(SystemCallError) {
        descriptor = FileDescriptor(owning: try completedCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
    }

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
    /// - Returns: What happened, at most 256 pieces; empty after the wait or a signal.
    public func wait(milliseconds: CInt) throws(SystemCallError) -> [(key: UInt64, readiness: Readiness)] {
        let list = descriptor.raw
        let events = try withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) {
            buffer -> Result<[(key: UInt64, readiness: Readiness)], SystemCallError> in
            let count = epoll_wait(list, buffer.baseAddress, 256, milliseconds)
            guard count >= 0 else {
                return errno == EINTR ? .success([]) : .failure(SystemCallError("epoll_wait", errno: errno))
            }
            return .success(buffer[0..<Int(count)].map { (key: $0.data.u64, readiness: Readiness(events: $0.events)) })
        }.get()
        return events
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
