import Glibc

/// The kernel's news of what happens in watched folders.
///
/// See: inotify(7)
public struct Inotify: ~Copyable {
    /// One piece of news.
    public struct Event: Hashable {
        /// The watch that saw it.
        public var watch: Int32
        /// What happened: `IN_CREATE` and so on.
        public var mask: UInt32
        /// Which name in the folder; empty for the folder itself.
        public var name: String

        /// Whether any of these bits is set.
        public func has(_ bits: Int32) -> Bool { mask & UInt32(bitPattern: bits) != 0 }
    }

    /// The descriptor, for the event loop to borrow.
    public var raw: CInt { descriptor.raw }
    private let descriptor: FileDescriptor

    /// Everything that can make a record another: written files, names that come and go, permissions and times.
    private static let mask = UInt32(
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

    /// A queue without watches.
    ///
    /// - Throws: `inotify_init1`, when the user has too many.
    public init() throws(SystemCallError) {
        let raw = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard raw >= 0 else { throw SystemCallError("inotify_init1", errno: errno) }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Watches a folder; one that is watched already keeps its number.
    ///
    /// - Throws: `inotify_add_watch`: ENOSPC when the user has too many watches, ENOTDIR, ENOENT.
    public func add(_ path: String) throws(SystemCallError) -> Int32 {
        let watch = inotify_add_watch(descriptor.raw, path, Self.mask)
        guard watch >= 0 else { throw SystemCallError("inotify_add_watch", subject: path, errno: errno) }
        return watch
    }

    /// Ends a watch; one that the kernel has ended is ignored.
    public func remove(_ watch: Int32) { inotify_rm_watch(descriptor.raw, watch) }

    /// What there is to read, at most one buffer of it.
    ///
    /// - Returns: Empty when there is nothing more.
    public func next() throws(SystemCallError) -> [Event] {
        var events: [Event] = [], failure: SystemCallError?
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 8) { buffer in
            do throws(SystemCallError) {
                let count = try descriptor.read(into: buffer) ?? 0
                events = Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return events
    }

    /// A record is its header and a name of `len` bytes that ends in zeros.
    private static func parse(_ buffer: UnsafeRawBufferPointer) -> [Event] {
        var events: [Event] = [], offset = 0
        let headerBytes = MemoryLayout<inotify_event>.size
        while offset + headerBytes <= buffer.count {
            let header = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let end = offset + headerBytes + Int(header.len)
            let name = buffer[(offset + headerBytes)..<end].prefix { $0 != 0 }
            events.append(Event(watch: header.wd, mask: header.mask, name: String(decoding: name, as: UTF8.self)))
            offset = end
        }
        return events
    }
}
