import Glibc
import LinuxSystem
import Services
import Testing

/// Keys from files and programs in a whole node.
@Suite(.serialized) struct KeyTests {
    private static func node(_ key: String, _ scratch: Scratch) throws -> (TestNode, FakeProvider) {
        let provider = try FakeProvider(scratch: scratch)
        let node = try TestNode(
            model: nil,
            configuration: """
                providers:
                  fake: {url: "\(provider.url)", model: normal, key: \(key)}
                """)
        try node.start()
        return (node, provider)
    }

    @Test func `a key from a file, and a new one after a reload`() throws {
        let scratch = try Scratch(), path = scratch.newPath("key")
        try Files.replace(path, with: Array("first-key\n".utf8), mode: 0o600)
        let (node, provider) = try Self.node("\"{file:\(path)}\"", scratch)
        #expect(try node.egghead("chat", "one", "--wait").status == 0)
        try Files.replace(path, with: Array("second-key\n".utf8), mode: 0o600)
        #expect(try node.egghead("reload").status == 0)
        #expect(try node.egghead("chat", "two", "--wait").status == 0)
        let keys = ["first-key", "second-key"]
        for key in keys { #expect(provider.requests.contains { $0.contains(#""key": "\#(key)""#) }, "\(key)") }
        // A file that others can read is no place for a key.
        #expect(chmod(path, 0o644) == 0)
        #expect(try node.egghead("reload").status == 0)
        let refused = try node.egghead("chat", "three", "--wait")
        #expect(refused.status == 1 && refused.errors.contains("chmod 600 \(path)"), "\(refused.errors)")
    }

    @Test func `a key that a program prints, last of all, is waited for`() throws {
        let script = "echo 'gpg: a warning' >&2; sleep 2; echo program-key"
        let scratch = try Scratch()
        let (node, provider) = try Self.node("{command: [/bin/sh, -c, \"\(script)\"]}", scratch)
        #expect(try node.egghead("chat", "one", "--wait").status == 0)
        #expect(provider.requests.contains { $0.contains(#""key": "program-key""#) })
        #expect(node.daemon?.errors.contains("program-key") == false)
    }

    @Test func `a program that fails is told with its words, and the node goes on`() throws {
        let scratch = try Scratch()
        let (node, _) = try Self.node("{command: [/bin/sh, -c, \"echo no such entry >&2; exit 3\"]}", scratch)
        let refused = try node.egghead("chat", "one", "--wait")
        #expect(refused.status == 1)
        #expect(
            refused.errors.contains("provider fake has no key: it ended with status 3: no such entry; check what"),
            "\(refused.errors)")
        #expect(node.isReady)
    }
}
