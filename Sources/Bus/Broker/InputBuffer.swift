/// The bytes of a connection that are not a complete frame yet.
///
/// Reads go into a scratch buffer that all connections share, after the held bytes, so that frames are contiguous and
/// an idle connection needs no memory. A large frame is read directly into memory of its own. One round is: `target`, a
/// read into it, `bytes`, and `hold` with the bytes that were not used.
struct InputBuffer: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// The number of held bytes.
    private(set) var count = 0
    /// The length of the frame that they begin, if it is so large that it is read into memory of its own; else 0.
    private var largeFrame = 0

    /// Memory up to this size is kept.
    private static let keptBytesMax = 4_096
    /// A longer frame is not copied for each of its pieces.
    private static let copiedBytesMax = 16_384
    /// The size of the smallest allocation.
    private static let allocatedBytesMin = 512
    /// The bytes that the allocator adds to an allocation.
    private static let alignment = 16

    deinit { memory.deallocate() }

    /// The memory for the next read.
    mutating func target(_ scratch: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        if largeFrame > 0 { return .init(rebasing: memory[count..<largeFrame]) }
        if count > 0 { scratch.copyMemory(from: RawBytes(rebasing: memory[..<count])) }
        return .init(rebasing: scratch[count...])
    }

    /// All bytes that can be scanned after a read.
    mutating func bytes(afterReading read: Int, in scratch: UnsafeMutableRawBufferPointer) -> RawBytes {
        guard largeFrame > 0 else { return RawBytes(rebasing: scratch[..<(count + read)]) }
        count += read
        return RawBytes(rebasing: memory[..<count])
    }

    /// Holds the bytes that were left over, which may be in this buffer itself.
    ///
    /// - Parameter needed: The length of the frame that they begin, if known; else 0.
    mutating func hold(_ rest: RawBytes, needed: Int) {
        if rest.isEmpty { return removeAll() }
        largeFrame = needed > Self.copiedBytesMax ? needed : 0
        let size = max(rest.count, largeFrame)
        if size > memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(size, memory.count * 2, Self.allocatedBytesMin), alignment: Self.alignment)
            larger.copyMemory(from: rest)
            memory.deallocate()
            memory = larger
        } else if rest.baseAddress != UnsafeRawPointer(memory.baseAddress) {
            memory.copyMemory(from: rest)
        }
        count = rest.count
    }

    /// Drops everything.
    mutating func removeAll() {
        (count, largeFrame) = (0, 0)
        guard memory.count > Self.keptBytesMax else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
