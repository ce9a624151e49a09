import LinuxSystem
import Testing

@Suite struct EnvironmentBlockTests {
    private static func block(_ text: String) throws -> EnvironmentBlock {
        EnvironmentBlock(owning: try Files.memory(named: "test", with: Array(text.utf8)))
    }

    @Test(
        arguments: [
            ("A=1\0B=2\0", "A", "1"), ("A=1\0A=2\0", "A", "2"), ("A=\0", "A", ""), ("AB=1\0", "A", nil), ("", "A", nil),
            ("A=x=y\0", "A", "x=y"), ("A\0", "A", nil), ("B=A=1\0", "A", nil), ("A=é\n\0", "A", "é\n"),
        ] as [(String, String, String?)])
    func `a variable is read from the file`(text: String, name: String, value: String?) throws {
        #expect(try Self.block(text).value(of: name) == value)
    }
}
