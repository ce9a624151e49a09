import Glibc

/// The bytes of a connection that are not a whole frame yet.
///
/// Reads go into a scratch buffer that all connections share, behind what is held, so that frames lie in one piece and
/// an idle connection costs nothing. A large frame is read straight into memory of its own. One round is: `target`, a
/// read into it, `bytes`, and `hold` with what was not used of them.
struct InputBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    /// How many bytes are held.
    private(set) var count = 0
    /// The length of the frame that they begin, when it is so large that it is read into memory of its own; else 0.
    private var largeFrame = 0

    /// Memory up to this size is kept.
    private static let keptBytesMax = 4_096
    /// A longer frame is not copied for each of its pieces.
    private static let copiedBytesMax = 16_384

    deinit { free(memory) }

    /// Where the next read goes.
    mutating func target(_ scratch: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        if largeFrame > 0, let memory { return .init(start: memory + count, count: largeFrame - count) }
        if count > 0, let memory, let start = scratch.baseAddress { memcpy(start, memory, count) }
        return .init(rebasing: scratch[count...])
    }

    /// Everything that can be scanned after a read.
    mutating func bytes(afterReading read: Int, in scratch: UnsafeMutableRawBufferPointer) -> RawBytes {
        guard largeFrame > 0 else { return RawBytes(rebasing: scratch[..<(count + read)]) }
        count += read
        return RawBytes(start: memory, count: count)
    }

    /// Holds the bytes that were left over, which may lie in this buffer itself.
    ///
    /// - Parameter needed: The length of the frame that they begin, if known; else 0.
    mutating func hold(_ rest: RawBytes, needed: Int) {
        if rest.isEmpty { return removeAll() }
        largeFrame = needed > Self.copiedBytesMax ? needed : 0
        grow(max(rest.count, largeFrame))
        if let memory, let source = rest.baseAddress, source != UnsafeRawPointer(memory) {
            memmove(memory, source, rest.count)
        }
        count = rest.count
    }

    /// Drops everything.
    mutating func removeAll() {
        (count, largeFrame) = (0, 0)
        guard capacity > Self.keptBytesMax else { return }
        free(memory)
        (memory, capacity) = (nil, 0)
    }

    private mutating func grow(_ size: Int) {
        guard size > capacity else { return }
        capacity = max(size, capacity * 2, 512)
        guard let larger = realloc(memory, capacity) else { fatalError("out of memory for \(capacity) bytes") }
        memory = larger
    }
}
