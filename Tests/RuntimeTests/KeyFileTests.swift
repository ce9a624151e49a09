import Glibc
import LinuxSystem
import Runtime
import Testing

/// Which modes of a file with a key are refused, and what is to be typed.
@Suite struct KeyFileTests {
    private static let path = "/tmp/egghead-key-file-\(getpid())"

    @Test(
        arguments: [
            (0o600, nil), (0o400, nil), (0o622, nil), (0o640, "the group"), (0o604, "every user"),
            (0o644, "every user"),
        ] as [(mode_t, String?)])
    func `a key is refused in a file that others can read`(mode: mode_t, readers: String?) throws {
        let path = "\(Self.path)-\(mode)"
        try Files.replace(path, with: [])
        defer { unlink(path) }
        chmod(path, mode)
        let advice = readers.map { "\($0) can read this secret; type: chmod 600 \(path)" }
        #expect(KeyFile(path: path).exposure(reader: geteuid()) == advice)
        // A file that its reader does not own is given to it, or closing it would close it to the reader, too.
        let chown = readers.map { "\($0) can read this secret; type: chown 4321 \(path) && chmod 600 \(path)" }
        #expect(KeyFile(path: path).exposure(reader: 4_321) == chown)
    }

    @Test func `a file that is not there exposes nothing`() {
        #expect(KeyFile(path: Self.path + "/none").exposure(reader: nil) == nil)
    }
}
