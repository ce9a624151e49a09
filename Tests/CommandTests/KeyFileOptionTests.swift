import LinuxSystem
import Testing

@testable import egghead

/// The file with a key that a provider is added with.
struct KeyFileOptionTests {
    private static func refusal(_ path: String) -> String? {
        do {
            #expect(try Models.Add.checked(path) == path)
            return nil
        } catch {
            return CommandFailure(error)?.message ?? "\(error)"
        }
    }

    @Test(
        arguments: [
            ("sk-1\n", nil), ("sk-1", nil),
            (
                "a b",
                "the key is empty or contains a blank or a control character; visible characters of ASCII are wanted"
            ),
            (
                "\n",
                "the key is empty or contains a blank or a control character; visible characters of ASCII are wanted"
            ),
        ] as [(String, String?)])
    func `a file without a key is refused when the provider is added`(content: String, problem: String?) throws {
        let path = "/tmp/egghead-key-\(UInt32.random(in: 0...UInt32.max))"
        try Files.replace(path, with: Array(content.utf8), mode: 0o600)
        defer { _ = try? Files.remove(path) }  // it is in /tmp
        #expect(Self.refusal(path) == problem.map { "--key-file \(path): \($0)" })
    }

    @Test(arguments: ["/nonexistent", "/dev/null/key"])
    func `a file that there is not is told with what to do`(path: String) {
        #expect(
            Self.refusal(path)
                == "--key-file \(path): there is no such file; write the key to it first, mode 600")
    }
}
