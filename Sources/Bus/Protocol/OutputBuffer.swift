/// Bytes on their way to a socket: frames are written at the end, the kernel takes from the front.
public struct OutputBuffer {
    private var bytes: [UInt8] = []
    private var start = 0

    /// A buffer larger than this is given back when it is empty, so that one burst does not cost memory for ever.
    private static let keptBytesMax = 262_144

    /// An empty buffer.
    public init() {}

    /// How many bytes wait.
    public var count: Int { bytes.count - start }

    /// Whether nothing waits.
    public var isEmpty: Bool { start == bytes.count }

    /// Appends a frame.
    public mutating func append(_ frame: Frame) { frame.write(to: &bytes) }

    /// Appends frames that are written already.
    public mutating func append(_ written: [UInt8]) { bytes.append(contentsOf: written) }

    /// What waits, for the length of the call.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Drops what the kernel has taken.
    public mutating func consume(_ taken: Int) {
        start += taken
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytesMax)
            start = 0
        } else if start > Self.keptBytesMax, start > count {
            bytes.removeSubrange(..<start)  // moves less than it frees, so a slow reader costs no more than it reads
            start = 0
        }
    }

    /// Drops everything.
    public mutating func removeAll() { consume(count) }
}
