/// Bytes in memory of another owner, valid as long as that memory.
typealias RawBytes = UnsafeRawBufferPointer

// A subject or a line of the protocol has some twenty bytes. Eight of them are compared together, which takes no longer
// than a call of memchr(3) or memcmp(3) and needs no C library.
extension RawBytes {
    /// Whether the bytes are the same.
    func isEqual(to other: RawBytes) -> Bool {
        guard count == other.count else { return false }
        guard let mine = baseAddress, let others = other.baseAddress else { return true }  // both are empty
        let step = MemoryLayout<UInt64>.size
        guard count >= step else { return elementsEqual(other) }
        var offset = 0
        while offset < count - step {
            if Self.word(mine, offset) != Self.word(others, offset) { return false }
            offset += step
        }
        return Self.word(mine, count - step) == Self.word(others, count - step)
    }

    /// The first offset of the byte; nil if it does not occur.
    func firstOffset(of byte: UInt8) -> Int? {
        let pattern = UInt64(repeating: byte)
        return firstOffset(of: { $0 == byte }, inWord: { ($0 ^ pattern).bytesBelow(1) })
    }

    /// The first offset of a blank or control byte, which is one up to 0x20; nil if there is none.
    func firstBlankOffset() -> Int? {
        firstOffset(of: { $0 <= 0x20 }, inWord: { $0.bytesBelow(0x21) })
    }

    /// - Parameter inWord: Marks such bytes of a word as `bytesBelow` does.
    @inline(__always)
    private func firstOffset(of isWanted: (UInt8) -> Bool, inWord marks: (UInt64) -> UInt64) -> Int? {
        guard let start = baseAddress else { return nil }
        var offset = 0
        while offset + MemoryLayout<UInt64>.size <= count {
            let marks = marks(Self.word(start, offset))
            if marks != 0 { return offset + marks.trailingZeroBitCount / UInt8.bitWidth }
            offset += MemoryLayout<UInt64>.size
        }
        while offset < count {
            if isWanted(start.load(fromByteOffset: offset, as: UInt8.self)) { return offset }
            offset += 1
        }
        return nil
    }

    /// The eight bytes at an offset, the first of them lowest.
    @inline(__always)
    private static func word(_ start: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UInt64 {
    /// The byte, eight times.
    fileprivate init(repeating byte: UInt8) { self = UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// Marks the bytes that are less than a limit of at most 0x80 with their highest bit. Marks above the first such
    /// byte may be wrong, because of the borrow of the subtraction. 0 if there is none.
    fileprivate func bytesBelow(_ limit: UInt8) -> UInt64 {
        (self &- UInt64(repeating: limit)) & ~self & UInt64(repeating: 0x80)
    }
}
