import Services
import Testing

@testable import Sandbox

/// What the toolbox and the helper say to each other, as bytes.
@Suite struct HelperRequestTests {
    private static let limits = ProgramLimits(memoryBytes: 512 << 20, tasks: 256, fileBytes: 1 << 30)
    private static let root = DirectoryIdentity(path: "/srv/ä b", device: .max, inode: 1 << 63)
    private static let grants = [
        Grant(.readFiles, [.root: ["/srv/ä b"], .paths: ["*.log", "conf/*"]]), Grant(.writeFiles, [:]),
        Grant(.execute, [.commands: ["make"], .patterns: ["git status *", "ls"], .root: ["/"]]),
    ]
    private static let requests =
        [
            HelperRequest(
                root: root, writable: ["/srv/ä b"], limits: limits, work: .program(["make", "", "-C\u{0}", "ü\n"])),
            HelperRequest(
                root: nil, limits: ProgramLimits(memoryBytes: nil, tasks: 0, fileBytes: .max), proxyPort: 3_128,
                work: .search(["grep", "--"], directory: "/srv", grants: grants)),
        ]
        + [
            .list(path: "/"), .read(path: "/a", from: -20, lines: 400), .write(path: "/a", text: ""),
            .edit(path: "/a", old: "e\u{301}", new: "é"), .delete(path: "/a"),
        ].map { operation in
            HelperRequest(
                root: root, limits: limits,
                work: .file(operation, permissions: [.writeFiles, .readFiles], grants: grants))
        }

    @Test(arguments: requests) func `a request is read as it was written`(request: HelperRequest) throws {
        #expect(try HelperRequest(bytes: request.bytes) == request)
    }

    @Test func `equal requests have equal bytes`() {
        for request in Self.requests { #expect(Set((0..<20).map { _ in request.bytes }).count == 1) }
    }

    @Test(arguments: requests) func `a request that is cut, or has more behind it, is refused`(request: HelperRequest) {
        let bytes = request.bytes
        for count in bytes.indices {
            #expect(throws: FieldProblem.self) { try HelperRequest(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: FieldProblem.self) { try HelperRequest(bytes: bytes + [0]) }
    }

    @Test(arguments: requests) func `no byte of a request makes its reader fail in another way`(request: HelperRequest)
    {
        let bytes = request.bytes
        for index in bytes.indices {
            for value in [0, 1, 0x20, 0x7F, 0x80, 0xFF, bytes[index] ^ 1] as [UInt8] {
                var changed = bytes
                changed[index] = value
                do throws(FieldProblem) {
                    // A number or a text that is another one is a request all the same.
                    _ = try HelperRequest(bytes: changed)
                } catch {
                    #expect(error.description.hasSuffix("restart the node"))
                }
            }
        }
    }

    @Test func `answers follow one another, and one that is not whole is none`() {
        let replies: [HelperReply] = [.begun, .failed("there is no program ü"), .done(""), .outside("/etc/passwd")]
        let bytes = replies.flatMap(\.bytes)
        #expect(HelperReply.all(in: bytes) == replies)
        #expect(HelperReply.all(in: Array(bytes.dropLast())) == replies.dropLast())
        #expect(HelperReply.all(in: HelperReply.begun.bytes + [1, 2, 3]) == [.begun])
        #expect(HelperReply.all(in: Array("{\"begun\":{}}\n".utf8)) == [])
    }
}
