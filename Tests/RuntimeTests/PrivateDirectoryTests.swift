import Glibc
import LinuxSystem
import Testing

@Suite struct PrivateDirectoryTests {
    /// A directory of this test's own, and what is done with it.
    private func inScratch(_ body: (String) throws -> Void) throws {
        let path = try PrivateDirectory.makeTemporary(in: "/tmp", named: "egghead-test")
        defer {
            unlink(path + "/link")
            rmdir(path + "/made")
            rmdir(path)
        }
        try body(path)
    }

    @Test func `a directory of ours is made, and taken again`() throws {
        try inScratch { path in
            try PrivateDirectory.make(path + "/made")
            try PrivateDirectory.make(path + "/made")
            #expect(try Files.linkStatus(path + "/made").kind == .directory)
        }
    }

    @Test func `a link, and a directory that others may write in, are not trusted`() throws {
        try inScratch { path in
            mkdir(path + "/made", 0o700)
            chmod(path + "/made", 0o777)
            symlink(path, path + "/link")
            for name in ["made", "link"] {
                let refused = SystemCallError("trust", subject: "\(path)/\(name)", errno: EPERM)
                #expect(throws: refused) { try PrivateDirectory.make("\(path)/\(name)") }
            }
        }
    }
}
