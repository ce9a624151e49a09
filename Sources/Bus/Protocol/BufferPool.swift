/// Memory that output buffers have returned and will need again: while messages stream, a buffer fills up and empties
/// in every turn, and the kernel would clear its pages each time.
public final class BufferPool {
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var bytes = 0

    /// Smaller blocks are not worth keeping.
    static let pooledBytesMin = 8_192
    /// The largest ratio of a block to the size that is needed.
    private static let wasteMax = 32
    /// The bytes that the allocator adds to an allocation.
    private static let alignment = 16
    private let keptBytesMax: Int

    /// An empty pool.
    ///
    /// - Parameter keptBytesMax: The most bytes that it keeps; more is returned to the system.
    public init(keptBytesMax: Int) { self.keptBytesMax = keptBytesMax }

    deinit { removeAll() }

    /// Memory of at least this size, up to `pooledBytesMin` of exactly this size.
    func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
        if size < Self.pooledBytesMin { return .allocate(byteCount: size, alignment: Self.alignment) }
        // A block that is much too large is left for others.
        guard let index = blocks.lastIndex(where: { $0.count >= size && $0.count / Self.wasteMax <= size }) else {
            return .allocate(byteCount: size, alignment: Self.alignment)
        }
        let block = blocks.remove(at: index)
        bytes -= block.count
        return block
    }

    /// Returns memory to the pool.
    func give(_ block: UnsafeMutableRawBufferPointer) {
        guard block.count >= Self.pooledBytesMin, bytes + block.count <= keptBytesMax else {
            return block.deallocate()
        }
        blocks.append(block)
        bytes += block.count
    }

    /// Whether it keeps nothing.
    var isEmpty: Bool { blocks.isEmpty }

    /// Returns all memory to the system.
    func removeAll() {
        for block in blocks { block.deallocate() }
        blocks.removeAll()
        bytes = 0
    }
}
