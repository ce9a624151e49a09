import Glibc
import Testing

@testable import LinuxSystem

@Suite struct DirectoryTrustTests {
    private typealias Step = DirectoryTrust.Step

    private func owner(_ steps: (owner: uid_t, isPublic: Bool)...) -> uid_t? {
        let steps = steps.enumerated().map { Step(path: "/\($0)", owner: $1.owner, isPublic: $1.isPublic) }
        return try? DirectoryTrust.owner(atTheEndOf: steps, for: 7)
    }

    @Test func `whom root or this user has let in is trusted`() {
        #expect(owner() == 0)
        #expect(owner((0, false), (0, false)) == 0)
        #expect(owner((0, false), (7, false)) == 7)
        #expect(owner((0, false), (8, false)) == 8)
        #expect(owner((0, false), (8, false), (8, false)) == 8)
    }

    @Test func `what lies where everybody may write is trusted when it is root's or this user's`() {
        #expect(owner((0, true), (0, false)) == 0)
        #expect(owner((0, true), (7, false), (8, false)) == 8)
        #expect(owner((0, true), (8, false)) == nil)
        #expect(owner((0, true), (8, false), (7, false)) == nil)
    }

    @Test func `where everybody may write, nobody is trusted`() {
        #expect(owner((0, false), (7, true)) == nil)
        #expect(owner((0, true)) == nil)
    }

    @Test func `a symbolic link counts by whoever made it`() {
        let link = [
            Step(path: "/tmp", owner: 0, isPublic: true), Step(path: "/tmp/link", owner: 8, isPublic: false),
            Step(path: "/tmp/link", owner: 0, isPublic: false),
        ]
        #expect(throws: DirectoryTrust.Objection.self) { try DirectoryTrust.owner(atTheEndOf: link, for: 7) }
    }

    @Test func `a directory that somebody else has made in tmp is named, with its user`() throws {
        try #require(geteuid() == 0, "only root can make a directory for another user")
        let path = try PrivateDirectory.makeTemporary(in: "/tmp", named: "egghead-test")
        defer { rmdir(path) }
        #expect(try DirectoryTrust.owner(of: path) == 0)
        chown(path, 1_234, 1_234)
        let objection = #expect(throws: DirectoryTrust.Objection.self) { try DirectoryTrust.owner(of: path) }
        #expect(
            objection?.description == "\(path) belongs to user 1234, who is neither root nor user 0, "
                + "and lies where everybody may write")
    }

    @Test func `a directory that is not there is said to be missing`() {
        let objection = #expect(throws: DirectoryTrust.Objection.self) {
            try DirectoryTrust.owner(of: "/nowhere/at/all")
        }
        #expect(objection?.description == "/nowhere: No such file or directory")
    }
}
