import Testing

@testable import Runtime

struct LogValueTests {
    @Test(
        arguments: [
            // The characters of a value of `valueBytesMax` bytes and more, and how many of them are left.
            ("x", 1_024, nil), ("x", 1_025, 1_024), ("é", 512, nil), ("é", 513, 512), ("€", 341, nil), ("€", 342, 341),
            ("𝄞", 257, 256),
        ] as [(Character, Int, Int?)])
    func `a value of the log is cut at its bound in bytes, between characters`(unit: Character, count: Int, left: Int?)
    {
        let value = String(repeating: unit, count: count)
        #expect(Log.escaped(value) == (left.map { String(repeating: unit, count: $0) + "…" } ?? value))
    }
}
