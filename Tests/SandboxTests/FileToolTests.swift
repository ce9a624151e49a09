import Capabilities
import Foundation
import Glibc
import Services
import Testing

@testable import egghead_toolbox

/// The tools on files, in real sandboxes.
@Suite struct FileToolTests {
    /// An agent's files, and what it may do with them.
    private final class Files {
        let sandbox: Sandbox
        var capabilities: [Grant]

        init(_ files: [String: String] = [:], paths: [String]? = nil) throws {
            sandbox = try Sandbox()
            let root = sandbox.root
            let scope = paths.map { [ScopeKey.root: [root], .paths: $0] } ?? [.root: [root]]
            capabilities = [Permission.readFiles, .writeFiles, .deleteFiles].map { Grant($0, scope) }
            for (name, text) in files {
                let path = "\(root)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]),
                    withIntermediateDirectories: true)
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
        }

        func call(_ tool: String, _ arguments: [String: JSONValue]) throws -> ToolOutcome {
            let outcome = try sandbox.call(tool, arguments, capabilities: capabilities)
            return ToolOutcome(
                outcome.status,
                outcome.text.replacing(sandbox.root, with: "ROOT").replacing(sandbox.outside, with: "OUT"),
                denial: outcome.denial)
        }

        func text(_ name: String) -> String? { try? String(contentsOfFile: "\(sandbox.root)/\(name)", encoding: .utf8) }
    }

    @Test(arguments: [
        (1, 2, "ROOT/a, lines 1 to 2:\n1\n2\n\n[It goes on: read on from line 3.]"),
        (2, 400, "ROOT/a, lines 2 to 5:\n2\n3\n4\n5"),
        (5, 1, "ROOT/a, lines 5 to 5:\n5"), (6, 1, "ROOT/a has no such lines; it has 5."),
        (-2, 400, "ROOT/a, the last lines:\n4\n5\n"), (-100, 400, "ROOT/a, the last lines:\n1\n2\n3\n4\n5\n"),
    ])
    func `a range of lines is read, from either end`(from: Int, lines: Int, text: String) throws {
        let files = try Files(["a": "1\n2\n3\n4\n5"])
        let outcome = try files.call(
            "fs_read", ["path": .string("a"), "from": .integer(from), "lines": .integer(lines)])
        #expect(outcome == ToolOutcome(.done, text))
    }

    @Test func `what is no text, no file, or not there is told`() throws {
        let files = try Files(["d/f": "x"])
        try Data([1, 0, 2]).write(to: URL(fileURLWithPath: "\(files.sandbox.root)/b"))
        mkfifo("\(files.sandbox.root)/p", 0o600)
        for (name, status, text) in [
            ("b", ToolOutcome.Status.done, "ROOT/b is not text; it has 3 bytes."),
            ("d", .failed, "fs_read: ROOT/d is a directory; list it"),
            ("p", .failed, "fs_read: ROOT/p is no file with a content"),
            ("none", .failed, "fs_read: ROOT/none does not exist"),
            ("d/f/g", .failed, "fs_read: a part of ROOT/d/f/g is no directory"),
        ] {
            #expect(try files.call("fs_read", ["path": .string(name)]) == ToolOutcome(status, text))
            if ["b", "d/f/g"].contains(name) { continue }
            let edit = ["path": JSONValue.string(name), "old": .string("x"), "new": .string("y")]
            let edited = text.replacing("fs_read", with: "fs_edit")
            #expect(try files.call("fs_edit", edit) == ToolOutcome(status, edited))
        }
    }

    /// Which of the two searches depends on the machine; what is found does not.
    @Test(
        .enabled(if: access(FileSearch.ripgrep, X_OK) == 0, "ripgrep is not installed"),
        arguments: ["^o.e", "t(w|h)", "[0-9]+$", "Grüß", "a\\.b", "none", " "])
    func `ripgrep and grep find the same`(pattern: String) throws {
        let directory = NSTemporaryDirectory() + "search-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let texts = [
            "one": "one\ntwo\nthree 3\n", ".hidden": "one a.b\n", "deep/er/two": "Grüße\nno end",
            "na\nme": "one 1\n", "binary": "one\0two\n", ".gitignore": "one\n", "deep/blank name": "t h\ntwo\r\n",
        ]
        for (name, text) in texts {
            let file = URL(fileURLWithPath: "\(directory)/\(name)"), parent = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let link = "\(directory)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(directory)/one")
        let search = FileSearch(pattern: pattern, directory: try #require(FilePath(directory)), grants: [])
        func found(_ command: [String]) throws -> [String] {
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: command[0])
            process.arguments = command.dropFirst() + [directory]
            (process.standardOutput, process.standardError) = (output, output)
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }.sorted()
        }
        let lines = try found(search.ripgrepCommand)
        #expect(try found(search.grepCommand) == lines)
        #expect(lines.isEmpty == (pattern == "none"))
    }

    @Test func `files are written, edited, listed, searched and deleted`() throws {
        let files = try Files()
        #expect(
            try files.call("fs_write", ["path": .string("new"), "text": .string("one\ntwo\n")])
                == ToolOutcome(.done, "Wrote ROOT/new: 8 bytes."))
        #expect(
            try files.call("fs_edit", ["path": .string("new"), "old": .string("two"), "new": .string("2")])
                == ToolOutcome(.done, "Edited ROOT/new."))
        #expect(files.text("new") == "one\n2\n")
        let found = try files.call("fs_grep", ["pattern": .string("^o.e")])
        #expect(found == ToolOutcome(.done, "ROOT/new:1:one"))
        let none = try files.call("fs_grep", ["pattern": .string("none")])
        #expect(none == ToolOutcome(.done, "No line of ROOT that you may read matches."))
        #expect(try files.call("fs_grep", ["pattern": .string("(")]).status == .failed)
        let list = try files.call("fs_list", [:])
        #expect(list.text.split(separator: "\n").contains("new  6 bytes") && list.text.contains("all  symbolic link"))
        #expect(
            try files.call("fs_write", ["path": .string("new"), "text": .string("")])
                == ToolOutcome(.done, "Replaced ROOT/new: 0 bytes."))
        #expect(try files.call("fs_delete", ["path": .string("new")]) == ToolOutcome(.done, "Deleted ROOT/new."))
        #expect(files.text("new") == nil)
    }

    @Test(arguments: [
        ("x", "is not in"), ("a", "is more than once in"),
    ])
    func `a passage to edit must be there once`(old: String, words: String) throws {
        let files = try Files(["f": "a b a\n"])
        let outcome = try files.call("fs_edit", ["path": .string("f"), "old": .string(old), "new": .string("c")])
        #expect(outcome.status == .failed && outcome.text.contains(words) && files.text("f") == "a b a\n", "\(outcome)")
    }

    /// Each leads, or seems to lead, out of the agent's directory.
    @Test(arguments: [
        "link", "all/etc/passwd", "../outside/secret", "/etc/passwd", "all/proc/self/root/etc/passwd",
        "./../outside/secret",
        "/proc/self/root/etc/passwd", "/proc/1/environ", "d/../../outside/secret", "//etc//passwd", "all/usr/bin/env",
        "/",
        "/usr/bin/env", "/.egghead-helper", "/dev/zero", "/proc/self/mem", "inner", "chain",
    ])
    func `no path leads out`(path: String) throws {
        let files = try Files(["d/f": "x"])
        let root = files.sandbox.root
        symlink("all/etc/passwd", "\(root)/inner")
        symlink("link", "\(root)/chain")
        for (tool, further) in [
            ("fs_read", [:]), ("fs_write", ["text": .string("x")]),
            ("fs_edit", ["old": .string("r"), "new": .string("x")]),
        ] as [(String, [String: JSONValue])] {
            let outcome = try files.call(tool, further.merging(["path": .string(path)]) { $1 })
            #expect(outcome.status != .done, "\(tool): \(outcome)")
            #expect(outcome.denial == nil || outcome.denial == .scopeViolation)
        }
        #expect(files.sandbox.isOutsideIntact)
    }

    @Test func `a link that is deleted is the link, and what it leads to stays`() throws {
        let files = try Files()
        #expect(try files.call("fs_delete", ["path": .string("link")]).status == .done)
        #expect(files.sandbox.isOutsideIntact && files.text("link") == nil)
        let beyond = try files.call("fs_delete", ["path": .string("all\(files.sandbox.outside)/secret")])
        #expect(beyond.status != .done && files.sandbox.isOutsideIntact)
    }

    @Test func `paths of a grant bound what is seen within the directory, whatever the way`() throws {
        let files = try Files(["a.log": "x\n", "b.txt": "x\n", "d/c.log": "x\n"], paths: ["*.log"])
        symlink("b.txt", "\(files.sandbox.root)/to.log")
        #expect(try files.call("fs_read", ["path": .string("a.log")]).status == .done)
        #expect(try files.call("fs_read", ["path": .string("d/c.log")]).status == .done)
        #expect(try files.call("fs_read", ["path": .string("b.txt")]).denial == .scopeViolation)
        let way = try files.call("fs_read", ["path": .string("to.log")])
        #expect(way.denial == .scopeViolation && way.text.contains("leads to ROOT/b.txt"), "\(way)")
        // A directory whose name ends a line, below which a name is as one that may be read.
        let twisted = try Files(paths: ["open.log"]), root = twisted.sandbox.root
        try FileManager.default.createDirectory(atPath: "\(root)/d\n\(root)", withIntermediateDirectories: true)
        try "x".write(toFile: "\(root)/d\n\(root)/open.log", atomically: true, encoding: .utf8)
        try "x".write(toFile: "\(root)/open.log", atomically: true, encoding: .utf8)
        #expect(try twisted.call("fs_grep", ["pattern": .string("x")]).text == "ROOT/open.log:1:x")
        let found = try files.call("fs_grep", ["pattern": .string("x")]).text
        #expect(found.split(separator: "\n").sorted() == ["ROOT/a.log:1:x", "ROOT/d/c.log:1:x"])
        let names = try files.call("fs_list", [:]).text.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(names.contains("a.log") && names.contains("d/") && !names.contains("b.txt"))
        #expect(try files.call("fs_write", ["path": .string("to.log"), "text": .string("y")]).status == .denied)
        #expect(files.text("b.txt") == "x\n")
    }

    /// A wall within a directory would go by its name, and whoever can write the directory can change names.
    @Test(arguments: [
        "..", "../node", "../node/state", "../node/records", "../node/records/below", "/", "/proc", "/proc/1", "/dev",
    ])
    func `a directory that has the node's own in it, or is in it, is no agent's`(directory: String) throws {
        let files = try Files()
        let root = directory.hasPrefix("/") ? directory : "\(files.sandbox.root)/\(directory)"
        for directory in ["state", "records/below"] {
            try FileManager.default.createDirectory(
                atPath: "\(files.sandbox.node)/\(directory)", withIntermediateDirectories: true)
        }
        let place = (root as NSString).standardizingPath
        files.capabilities = [Permission.readFiles, .writeFiles].map { Grant($0, [.root: [place]]) }
        for (tool, more) in [("fs_list", [:]), ("fs_write", ["text": .string("x")])] as [(String, [String: JSONValue])]
        {
            let outcome = try files.call(tool, more.merging(["path": .string("\(place)/x")]) { $1 })
            #expect(outcome.denial == .scopeViolation && outcome.text.contains("in one another"), "\(outcome)")
        }
    }

    @Test func `where the node's programs are, an agent reads and does not write`() throws {
        let files = try Files(), place = URL(fileURLWithPath: Sandbox.programs).resolvingSymlinksInPath().path
        files.capabilities = [Permission.readFiles, .writeFiles, .evaluate].map { Grant($0, [.root: [place]]) }
        let written = try files.call("fs_write", ["path": .string("\(place)/x"), "text": .string("x")])
        #expect(written.denial == .scopeViolation && written.text.contains("the node's own programs"), "\(written)")
        let run = try files.call("proc_eval", ["code": .string(": > x")])
        #expect(run.denial == .scopeViolation, "\(run)")
        #expect(try files.call("fs_list", ["path": .string(place)]).status == .done)
        #expect(access("\(place)/x", F_OK) != 0)
    }

    @Test func `a link below a directory is no way to what its paths do not take in`() throws {
        let files = try Files(["pub/a": "x\n", "secret/f": "a password\n"], paths: ["pub/*"])
        symlink("../secret", "\(files.sandbox.root)/pub/link")
        symlink("../secret/f", "\(files.sandbox.root)/pub/l.log")
        for path in ["pub/link", "pub/l.log", "pub"] {
            let found = try files.call("fs_grep", ["pattern": .string("pass"), "path": .string(path)])
            #expect(!found.text.contains("password"), "\(found)")
        }
        let scope: [ScopeKey: [String]] = [.root: [files.sandbox.root]]
        files.capabilities = [
            Grant(.writeFiles, scope), Grant(.readFiles, [.root: scope[.root] ?? [], .paths: ["pub/*"]]),
        ]
        for old in ["a pass", "nothing"] {
            let edited = try files.call(
                "fs_edit", ["path": .string("pub/l.log"), "old": .string(old), "new": .string(old)])
            #expect(edited.denial == .scopeViolation, "\(edited)")
        }
    }

    @Test func `a hard link to what is elsewhere is replaced, and not written through`() throws {
        let files = try Files()
        #expect(Glibc.link("\(files.sandbox.outside)/secret", "\(files.sandbox.root)/hard") == 0)
        #expect(try files.call("fs_write", ["path": .string("hard"), "text": .string("x")]).status == .done)
        #expect(files.sandbox.isOutsideIntact && files.text("hard") == "x")
    }

    /// Two processes at once: one exchanges a directory for a link to somebody else's, the other asks for what is in
    /// it.
    @Test func `between the check and the use nothing can be exchanged`() throws {
        let files = try Files(["d/secret": "mine\n"])
        let root = files.sandbox.root, outside = files.sandbox.outside
        symlink(outside, "\(root)/x")
        let turner = Process()
        turner.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        turner.arguments = [
            "-c",
            """
            import ctypes
            libc = ctypes.CDLL(None)
            while True: libc.renameat2(-100, b"\(root)/d", -100, b"\(root)/x", 2)
            """,
        ]
        try turner.run()
        // A child of Foundation's ignores SIGTERM: it inherits a blocked mask.
        defer { Glibc.kill(turner.processIdentifier, SIGKILL) }
        for _ in 0..<60 {
            let read = try files.call("fs_read", ["path": .string("d/secret")])
            #expect(!read.text.contains("the secret of others"))
            _ = try files.call("fs_write", ["path": .string("d/secret"), "text": .string("mine\n")])
        }
        #expect(files.sandbox.isOutsideIntact)
    }

    @Test func `a directory that is a link is no directory of an agent`() throws {
        let files = try Files()
        symlink(files.sandbox.outside, "\(files.sandbox.root)/away")
        files.capabilities = [Grant(.readFiles, [.root: ["\(files.sandbox.root)/away"]])]
        let outcome = try files.call("fs_read", ["path": .string("secret")])
        #expect(
            outcome
                == ToolOutcome(
                    .failed, "fs_read: ROOT/away leads over a symbolic link to OUT; grant that, if it is meant"))
    }
}
