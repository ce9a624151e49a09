import FoundationEssentials
import Glibc
import LinuxSystem
import Records
import Runtime
import Services
import Testing

@testable import egghead_records

/// A scanner over a real directory, driven by the real kernel.
private final class World {
    let root: String
    let loop: EventLoop
    let scanner: Scanner
    let directory: RecordDirectory
    private var steps: [(act: () throws -> Void, until: () -> Bool)] = []

    init(watchesMax: Int = .max) throws {
        root = FileManager.default.temporaryDirectory.path + "/scanner-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        loop = try EventLoop()
        directory = RecordDirectory(root: root)
        scanner = Scanner(
            directory: directory, loop: loop, log: Log(identifier: "test"), watchesMax: watchesMax,
            pollPause: .milliseconds(20))
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var ids: [String] { scanner.catalogue.files.map { $1.id(at: $0) }.sorted() }

    func write(_ path: String, _ text: String) throws {
        try Files.makeDirectories(Files.split("\(root)/\(path)").directory)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)/\(path)"))
    }

    func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: "\(root)/\(from)", toPath: "\(root)/\(to)")
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: "\(root)/\(path)") }

    /// Does something, and waits until the scanner has seen it.
    func step(_ act: @escaping () throws -> Void, until: @escaping () -> Bool) { steps.append((act, until)) }

    func run(sourceLocation: SourceLocation = #_sourceLocation) throws {
        scanner.onSettled = { [unowned self] in
            while let step = steps.first, step.until() {
                steps.removeFirst()
                do { try steps.first?.act() } catch { Issue.record(error, sourceLocation: sourceLocation) }
            }
            if steps.isEmpty { loop.stop(.success) }
        }
        loop.schedule(after: .seconds(180)) { [unowned self] in
            Issue.record("never seen; \(steps.count) steps left, ids are \(ids)", sourceLocation: sourceLocation)
            loop.stop(.failure)
        }
        try steps.first?.act()
        scanner.rescan()
        _ = try loop.run()
    }
}

struct ScannerTests {
    @Test func `records are found at any depth, and nothing else is`() throws {
        let world = try World()
        for path in [
            "a.md", "b/c/d/e.md", ".hidden.md", ".git/x.md", ".trash/y.md", "b/.obsidian/z.md", "picture.png",
            "b.md/inner.md",
        ] {
            try world.write(path, "text")
        }
        try world.write("outside/real.md", "text")
        symlink("/etc", "\(world.root)/link")
        symlink("\(world.root)/a.md", "\(world.root)/alias.md")
        world.step({}, until: { true })
        try world.run()
        #expect(world.ids == ["a", "b.md/inner", "b/c/d/e", "outside/real"])
        #expect(world.scanner.catalogue.problems == [])
    }

    @Test func `what happens to files and folders is seen`() throws {
        let world = try World()
        try world.write("a.md", "one")
        world.step({}, until: { world.ids == ["a"] })
        world.step({ try world.write("new/deep/b.md", "b") }, until: { world.ids == ["a", "new/deep/b"] })
        world.step({ try world.write("new/deep/c.md", "c") }, until: { world.ids.contains("new/deep/c") })
        world.step({ try world.move("new", "old") }, until: { world.ids == ["a", "old/deep/b", "old/deep/c"] })
        world.step({ try world.write("old/deep/d.md", "d") }, until: { world.ids.contains("old/deep/d") })
        world.step(
            { try world.move("old/deep/d.md", "d.md") }, until: { world.ids == ["a", "d", "old/deep/b", "old/deep/c"] })
        let revision = Digest(of: "two".utf8)
        world.step(
            { try world.write("a.md", "two") },
            until: { world.scanner.catalogue.holder(of: "a")?.entry.revision == revision })
        world.step({ try world.remove("old") }, until: { world.ids == ["a", "d"] })
        world.step({ try world.write("old/deep/b.md", "again") }, until: { world.ids == ["a", "d", "old/deep/b"] })
        try world.run()
    }

    @Test func `of a folder that another was put in place of nothing is left`() throws {
        let world = try World()
        for path in ["a/gone.md", "a/both.md", "a/sub/gone.md", "new/both.md", "new/come.md"] {
            try world.write(path, path)
        }
        world.step({}, until: { world.ids.count == 5 })
        world.step(
            {
                try world.move("a", "old")
                try world.move("new", "a")
            },
            until: { world.ids == ["a/both", "a/come", "old/both", "old/gone", "old/sub/gone"] })
        world.step({ try world.write("a/later.md", "x") }, until: { world.ids.contains("a/later") })
        world.step({ try world.write("old/sub/later.md", "x") }, until: { world.ids.contains("old/sub/later") })
        world.step(
            {
                for (from, to) in [("a", "b"), ("old", "a"), ("b", "old")] { try world.move(from, to) }
            },
            until: {
                world.ids == [
                    "a/both", "a/gone", "a/sub/gone", "a/sub/later", "old/both", "old/come", "old/later",
                ]
            })
        world.step({ try world.write("a/sub/last.md", "x") }, until: { world.ids.contains("a/sub/last") })
        try world.run()
    }

    @Test func `a folder that becomes a link takes its records along`() throws {
        let world = try World(), outside = world.root + "-outside"
        defer { try? FileManager.default.removeItem(atPath: outside) }
        try world.write("a/x.md", "x")
        try world.write("b.md", "b")
        world.step({}, until: { world.ids == ["a/x", "b"] })
        world.step(
            {
                try FileManager.default.copyItem(atPath: "\(world.root)/a", toPath: outside)
                try world.remove("a")
                symlink(outside, "\(world.root)/a")
            },
            until: { world.ids == ["b"] })
        world.step({ world.scanner.rescan() }, until: { world.ids == ["b"] })
        try world.run()
    }

    @Test func `a file that goes before its new folder is watched is not kept`() throws {
        let world = try World()
        try world.write("a.md", "a")
        world.step({}, until: { world.ids == ["a"] })
        world.step(
            {
                for path in ["new/deep/gone.md", "new/deep/kept.md"] {
                    try world.directory.write("x", to: path)
                    world.scanner.look(at: path)
                }
                try world.remove("new/deep/gone.md")
            },
            until: { world.ids == ["a", "new/deep/kept"] })
        world.step({ try world.remove("new/deep/kept.md") }, until: { world.ids == ["a"] })
        try world.run()
    }

    @Test func `an agent outlives its file for a while, also when the folder goes, and its record does not`() throws {
        let world = try World()
        func agents() -> [AgentID] { world.scanner.catalogue.agents.map(\.id) }
        for path in ["team/scout.md", "team/keeper.md"] {
            try world.write(path, "---\nclass: agent\n---\nYou are.")
        }
        world.step({}, until: { agents() == ["index", "team/keeper", "team/scout"] })
        world.step({ try world.remove("team") }, until: { world.ids.isEmpty })
        world.step(
            {
                #expect(agents() == ["index", "team/keeper", "team/scout"])
                try world.write("team/scout.md", "---\nclass: agent\n---\nYou are.")
            }, until: { world.ids == ["team/scout"] })
        world.step({}, until: { agents() == ["index", "team/scout"] })
        world.step(
            {
                try world.directory.discard("team/scout.md")
                world.scanner.lookForLastTime(at: "team/scout.md")
                #expect(agents() == ["index"], "nobody brings back what was taken away here")
                world.scanner.rescan()
            }, until: { world.ids.isEmpty })
        try world.run()
    }

    @Test func `a time that nobody lives to see harms nobody`() throws {
        let world = try World()
        try world.write("a.md", "x")
        try world.write("picture.png", "x")
        for name in ["a.md", "picture.png"] {
            let path = "\(world.root)/\(name)"
            var times = [timespec(tv_sec: 10_413_792_000, tv_nsec: 0), timespec(tv_sec: 10_413_792_000, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        }
        world.step({}, until: { world.ids == ["a"] })
        try world.run()
    }

    @Test func `when more happens than the kernel remembers, everything is looked at again`() throws {
        let world = try World(), limit = "/proc/sys/fs/inotify/max_queued_events"
        let text = String(decoding: try Files.read(limit, limit: 64), as: UTF8.self).prefix(while: \.isNumber)
        // Two events a file, and nobody reads them while the files are written.
        let count = try #require(Int(text)) / 2 + 100
        try world.write("old/gone.md", "x")
        world.step({}, until: { world.ids == ["old/gone"] })
        world.step(
            {
                for number in 1...count { _ = try Files.open("\(world.root)/old/note\(number).md", O_WRONLY | O_CREAT) }
                try world.remove("old/gone.md")
            },
            until: { world.ids.count == count && !world.scanner.catalogue.has("old/gone") })
        world.step({ try world.write("old/later.md", "x") }, until: { world.scanner.catalogue.has("old/later") })
        try world.run()
    }

    @Test func `files that cannot be records are reported and passed over, until they are repaired`() throws {
        let world = try World()
        try Data([0xff, 0xfe, 0x41]).write(to: URL(fileURLWithPath: "\(world.root)/latin.md"))
        try world.write("large.md", String(repeating: "x", count: RecordLimits.fileBytesMax + 1))
        try world.write("good.md", "text")
        try world.write("broken.md", "---\na: *x\n---\n")
        world.step({}, until: { world.ids == ["broken", "good"] })
        let problems = { world.scanner.catalogue.problems.map { "\($0.path):\($0.line ?? 0)" } }
        world.step({}, until: { problems() == ["broken.md:2", "large.md:0", "latin.md:0"] })
        world.step({ try world.write("latin.md", "now text") }, until: { problems() == ["broken.md:2", "large.md:0"] })
        world.step({ try world.remove("large.md") }, until: { problems() == ["broken.md:2"] })
        try world.run()
    }

    @Test func `what is renamed to the same letters in another composition stays`() throws {
        let world = try World()
        let old = "cafe\u{301}", new = "caf\u{e9}"
        func paths() -> Set<ExactText> { Set(world.scanner.catalogue.paths(below: "").map(ExactText.init)) }
        try world.write("\(old)/a.md", "---\nclass: agent\n---\nYou are.")
        try world.write("n/\(old).md", "x")
        world.step({}, until: { paths().count == 2 })
        world.step(
            { #expect(rename("\(world.root)/\(old)", "\(world.root)/\(new)") == 0) },
            until: { paths() == [ExactText("\(new)/a.md"), ExactText("n/\(old).md")] })
        world.step(
            { #expect(rename("\(world.root)/n/\(old).md", "\(world.root)/n/\(new).md") == 0) },
            until: { paths() == [ExactText("\(new)/a.md"), ExactText("n/\(new).md")] })
        world.step(
            { try world.write("n/\(old).md", "another") },
            until: { paths().count == 3 && world.scanner.catalogue.problems.count == 1 })
        world.step({ try world.write("\(new)/b.md", "seen in the folder's new name") }, until: { paths().count == 4 })
        try world.run()
        #expect(world.scanner.catalogue.agents.map(\.id).contains(AgentID("\(new)/a")))
    }

    @Test func `a name that is not UTF-8 is reported until it is repaired`() throws {
        let world = try World()
        let path: [CChar] =
            Array("\(world.root)/caf".utf8CString.dropLast()) + [CChar(bitPattern: 0xe9)] + ".md".utf8CString
        let file = open(path, O_WRONLY | O_CREAT, 0o644)
        close(file)
        let problems = { world.scanner.catalogue.problems.map(\.message).filter { $0.contains("is not UTF-8") }.count }
        world.step({}, until: { problems() == 1 && world.ids.isEmpty })
        world.step(
            { #expect(rename(path, Array("\(world.root)/cafe.md".utf8CString)) == 0) },
            until: { problems() == 0 && world.ids == ["cafe"] })
        try world.run()
    }

    @Test(arguments: ["", "You are.", "---\nclass: durable\n---\n"])
    func `an agent outlives a file that says for a moment that it is none`(text: String) throws {
        let world = try World()
        func agents() -> [AgentID] { world.scanner.catalogue.agents.map(\.id) }
        let agent = "---\nclass: agent\n---\nYou are."
        try world.write("scout.md", agent)
        world.step({}, until: { agents() == ["index", "scout"] })
        world.step(
            { try world.write("scout.md", text) },
            until: { world.scanner.catalogue.holder(of: "scout")?.entry.revision == Digest(of: text.utf8) })
        world.step(
            {
                #expect(agents() == ["index", "scout"])
                try world.write("scout.md", agent)
            }, until: { world.scanner.catalogue.holder(of: "scout")?.entry.revision == Digest(of: agent.utf8) })
        world.step(
            {
                #expect(agents() == ["index", "scout"])
                try world.write("scout.md", text)
            }, until: { agents() == ["index"] })
        try world.run()
        #expect(world.ids == ["scout"])
    }

    @Test func `folders without a watch are examined again and again, and watched when there is room`() throws {
        let world = try World(watchesMax: 2)
        try world.write("a/a.md", "a")
        try world.write("b/b.md", "b")
        let problems = { world.scanner.catalogue.problems.map(\.message) }
        world.step({}, until: { world.ids == ["a/a", "b/b"] })
        world.step(
            {
                #expect(problems().count == 1 && problems()[0].contains("max_user_watches"))
                for folder in ["a", "b"] { try world.write("\(folder)/new.md", "new") }
            }, until: { world.ids == ["a/a", "a/new", "b/b", "b/new"] })
        let revision = Digest(of: "changed".utf8)
        world.step(
            { for folder in ["a", "b"] { try world.write("\(folder)/new.md", "changed") } },
            until: {
                ["a/new", "b/new"].allSatisfy { world.scanner.catalogue.holder(of: $0)?.entry.revision == revision }
            })
        world.step(
            { for folder in ["a", "b"] { try world.remove("\(folder)/new.md") } },
            until: { world.ids == ["a/a", "b/b"] })
        world.step({ try world.remove("a") }, until: { world.ids == ["b/b"] && problems() == [] })
        world.step({ try world.remove("b") }, until: { world.ids == [] })
        try world.run()
    }

    @Test func `pictures are known as files that links may lead to`() throws {
        let world = try World()
        func isKnown(_ name: String) -> Bool {
            let link = LinkName(name, .wikilink)
            return world.scanner.catalogue.linkTable(for: [(name: link, file: "a.md")]).path(of: link, from: "a.md")
                != nil
        }
        try world.write("img/p.png", "x")
        world.step({}, until: { isKnown("P.png") })
        world.step({ try world.move("img/p.png", "img/q.png") }, until: { !isKnown("p.png") && isKnown("img/q.png") })
        world.step({ try world.remove("img") }, until: { !isKnown("q.png") })
        try world.run()
        #expect(world.ids == [])
    }

    @Test func `a write makes folders, and a deletion keeps the file in the trash`() throws {
        let world = try World()
        try world.directory.write("one", to: "a/b.md")
        #expect(try world.directory.text(of: "a/b.md") == "one")
        try world.directory.discard("a/b.md")
        try world.directory.write("two", to: "a/b.md")
        try world.directory.discard("a/b.md")
        #expect(world.directory.isTaken("a/b.md") == false)
        #expect(try Files.list("\(world.root)/.trash/a") == ["b.2.md", "b.md"])
        #expect(try Files.read("\(world.root)/.trash/a/b.2.md", limit: 10) == Array("two".utf8))
    }

    @Test func `no write follows a symbolic link out of the directory`() throws {
        let world = try World()
        symlink("/tmp", "\(world.root)/link")
        #expect(throws: ServiceFailure.self) { try world.directory.write("x", to: "link/escaped.md") }
        #expect(throws: ServiceFailure.self) { try world.directory.discard("link/escaped.md") }
    }
}

/// A symbolic link, for tests of what must not follow one.
private func symlink(_ target: String, _ path: String) {
    _ = try? FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}
