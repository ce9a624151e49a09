import Testing

@testable import Bus

/// The bytes are looked at eight at a time, so each length and each place around a multiple of eight is a case.
@Suite struct RawBytesTests {
    private static let lengths = 0...35

    @Test(arguments: lengths) func `bytes are equal when each of them is`(length: Int) {
        let bytes = (0..<length).map { UInt8($0) &* 37 }
        #expect(Self.isEqual(bytes, bytes))
        #expect(!Self.isEqual(bytes, bytes + [0]))
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x80
            #expect(!Self.isEqual(bytes, changed))
        }
    }

    @Test(arguments: lengths, [0x00, 0x09, 0x0A, 0x7F, 0x80, 0xFF] as [UInt8])
    func `the first of a byte's places is found`(length: Int, byte: UInt8) {
        // Neighbours that differ in the lowest or the highest bit are taken for the byte by a wrong mask.
        for other in [byte ^ 1, byte ^ 0x80, byte &+ 1, byte &- 1] {
            let bytes = [UInt8](repeating: other, count: length)
            #expect(Self.firstOffset(of: byte, bytes) == nil)
            for place in bytes.indices {
                var changed = bytes
                changed[place] = byte
                #expect(Self.firstOffset(of: byte, changed) == place)
                changed[length - 1] = byte
                #expect(Self.firstOffset(of: byte, changed) == place)
            }
        }
    }

    @Test(arguments: lengths) func `the first blank or control byte is found`(length: Int) {
        for other in [0x21, 0x7F, 0x80, 0xA0, 0xFF] as [UInt8] {
            let bytes = [UInt8](repeating: other, count: length)
            #expect(bytes.withUnsafeBytes { $0.firstBlankOffset() } == nil)
            for place in bytes.indices {
                for blank in [0x00, 0x09, 0x0D, 0x20] as [UInt8] {
                    var changed = bytes
                    changed[place] = blank
                    #expect(changed.withUnsafeBytes { $0.firstBlankOffset() } == place)
                    changed[length - 1] = 0x20
                    #expect(changed.withUnsafeBytes { $0.firstBlankOffset() } == place)
                }
            }
        }
    }

    /// The first bytes lie at an odd address, the second ones need not.
    private static func isEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        ([0] + first).withUnsafeBytes { first in
            second.withUnsafeBytes { RawBytes(rebasing: first.dropFirst()).isEqual(to: $0) }
        }
    }

    private static func firstOffset(of byte: UInt8, _ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { $0.firstOffset(of: byte) }
    }
}
