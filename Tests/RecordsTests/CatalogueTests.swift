import Services
import Testing

@testable import Records
@testable import egghead_records

struct CatalogueTests {
    private var catalogue = Catalogue()

    private mutating func put(_ path: String, _ text: String) {
        catalogue.put(Record(path: path, text: text), stamp: .old)
    }

    private func agents() -> [AgentID] { catalogue.agents.map(\.id) }

    @Test mutating func `changes are told once, and only where something changed`() {
        #expect(catalogue.takeChanges() == Catalogue.Changes(changed: [], removed: [], agents: true))
        put("b.md", "b")
        put("a.md", "a")
        #expect(catalogue.takeChanges() == Catalogue.Changes(changed: ["a", "b"], removed: [], agents: false))
        put("a.md", "a")
        #expect(catalogue.takeChanges().isEmpty)
        put("a.md", "new")
        catalogue.remove("b.md")
        #expect(catalogue.takeChanges() == Catalogue.Changes(changed: ["a"], removed: ["b"], agents: false))
        catalogue.remove("a.md")
        put("a.md", "new")
        #expect(catalogue.takeChanges().isEmpty)
    }

    @Test mutating func `of two files with one id the first path has it, and the other is reported with both paths`() {
        put("z.md", "---\nid: x\n---\nfrom z")
        put("y.md", "---\nid: x\n---\nfrom y")
        #expect(catalogue.holder(of: "x")?.path == "y.md")
        #expect(catalogue.problems.map(\.path) == ["z.md"])
        #expect(catalogue.problems[0].message.contains("y.md"))
        #expect(catalogue.count == 1)
        catalogue.remove("y.md")
        #expect(catalogue.holder(of: "x")?.path == "z.md")
        #expect(catalogue.problems == [])
    }

    @Test mutating func `a folder goes with everything in it`() {
        for path in ["a/b.md", "a/c/d.md", "ab.md"] { put(path, path) }
        catalogue.passOver(RecordProblem(path: "a/e.md", line: nil, message: "unreadable"))
        for path in catalogue.paths(below: "a") { catalogue.remove(path) }
        #expect(catalogue.files.map(\.key) == ["ab.md"])
        #expect(catalogue.count == 1)
        #expect(catalogue.problems == [])
    }

    @Test mutating func `the built-in agent is there until a record replaces it`() {
        #expect(catalogue.agents == [BuiltInAgent.definition])
        put("agents/index.md", "---\nclass: agent\nid: index\n---\nMine.")
        #expect(catalogue.agents.map(\.disposition) == ["Mine."])
        catalogue.remove("agents/index.md")
        #expect(catalogue.agents == [BuiltInAgent.definition])
    }

    @Test(
        arguments: [
            ("---\nclass: agent\ntemperature: hot\n---\nYou are.", ["index", "scout"]),
            ("---\nclass: agent\nmodel: *x\n---\nYou are.", ["index", "scout"]),
            ("---\nclass: durable\n---\nA note.", ["index"]),
            ("No frontmatter.", ["index"]),
        ] as [(String, [AgentID])])
    mutating func `a mistake in an agent's record leaves the agent as it was`(text: String, expected: [AgentID]) throws
    {
        put("scout.md", "---\nclass: agent\n---\nYou are.")
        let before = catalogue.agents
        put("scout.md", text)
        #expect(agents() == expected)
        if expected.count == 2 {
            let problem = try #require(catalogue.agents.last?.problem)
            #expect(problem.path == "scout.md" && problem.line == 3)
            var after = catalogue.agents
            after[1].problem = nil
            #expect(after == before)
            put("scout.md", "---\nclass: agent\n---\nYou are.")
            #expect(catalogue.agents == before)
        }
        catalogue.remove("scout.md")
        #expect(agents() == ["index"])
    }

    @Test mutating func `a record that was never understood is undecided, until it is understood or gone`() {
        func undecided() -> [AgentID] { catalogue.undecided.map(\.id) }
        put("scout.md", "---\nclass: agent\ntemperature: hot\n---\nYou are.")
        put("broken.md", "---\nclass: *x\n---\nYou are.")
        put("note.md", "A note.")
        catalogue.passOver(RecordProblem(path: "large.md", line: nil, message: "too large"))
        catalogue.passOver(RecordProblem(path: "folder", line: nil, message: "unreadable"))
        #expect(undecided() == ["broken", "large", "scout"])
        #expect(catalogue.undecided.last?.problem.line == 3)
        #expect(catalogue.takeChanges().agents)
        var list = AgentList()
        #expect(list.page(.init(), of: catalogue).undecided.count == 3)
        put("scout.md", "---\nclass: agent\n---\nYou are.")
        put("broken.md", "A note.")
        catalogue.remove("large.md")
        #expect(undecided() == [])
        #expect(catalogue.takeChanges().agents)
        put("scout.md", "---\nclass: agent\ntemperature: hot\n---\nYou are.")
        #expect(undecided() == [], "it is known what it was")
    }

    @Test mutating func `who has the agents as they are is told nothing, and everything when one may be another`() {
        var list = AgentList()
        put("scout.md", "---\nclass: agent\n---\nYou are.")
        var page = list.page(.init(), of: catalogue)
        #expect(page.agents.map(\.id) == ["index", "scout"])
        let changes: [(inout Self) -> Void] = [
            { $0.put("scout.md", "---\nclass: agent\n---\nYou are another.") },
            { $0.put("scout.md", "---\nclass: agent\ntemperature: hot\n---\nYou are another.") },
            { $0.put("scout.md", "---\nclass: agent\ntemperature: cold\n---\nYou are another.") },
            { $0.put("broken.md", "---\nclass: agent\ntemperature: hot\n---\n") }, { $0.catalogue.remove("broken.md") },
            { $0.catalogue.remove("scout.md") },
        ]
        for change in changes {
            put("note.md", "A note.")
            #expect(list.page(.init(known: page.version), of: catalogue).agents == [])
            change(&self)
            let next = list.page(.init(known: page.version), of: catalogue)
            #expect(next.version != page.version && next.agents == catalogue.agents)
            page = next
        }
    }

    @Test mutating func `an agent whose file is away for a moment stays, unless another file has its id`() {
        put("a/scout.md", "---\nclass: agent\nid: scout\n---\nYou are.")
        let isAgents = catalogue.lose("a/scout.md")
        #expect(isAgents)
        #expect(catalogue.holder(of: "scout") == nil)
        #expect(agents() == ["index", "scout"])
        put("b/scout.md", "---\nclass: agent\nid: scout\n---\nYou are another.")
        #expect(catalogue.agents.map(\.disposition).last == "You are another.")
        catalogue.remove("a/scout.md")
        catalogue.remove("b/scout.md")
        #expect(agents() == ["index"])
        put("note.md", "A note.")
        let isNotes = catalogue.lose("note.md")
        #expect(!isNotes)
    }

    @Test mutating func `a list has pages, in both directions`() {
        for id in ["a", "b/1", "b/2", "b/3", "c"] { put("\(id).md", id == "b/2" ? "---\nclass: inbox\n---\n" : id) }
        func page(_ request: Store.List.Request) -> (ids: [String], more: Bool) {
            let page = catalogue.list(request)
            return (page.files.map { $0.entry.id(at: $0.path) }, page.more)
        }
        #expect(page(.init()) == (["a", "b/1", "b/2", "b/3", "c"], false))
        #expect(page(.init(limit: 2)) == (["a", "b/1"], true))
        #expect(page(.init(after: "b/1", limit: 2)) == (["b/2", "b/3"], true))
        #expect(page(.init(prefix: "b/", descending: true)) == (["b/3", "b/2", "b/1"], false))
        #expect(page(.init(prefix: "b/", after: "b/3", descending: true, limit: 1)) == (["b/2"], true))
        #expect(page(.init(recordClass: .inbox)) == (["b/2"], false))
    }

    @Test mutating func `a path is told as the file system has it`() {
        let decomposed = "cafe\u{301}.md"
        put(decomposed, "x")
        #expect(catalogue.holder(of: "caf\u{e9}").map { Array($0.path.utf8) } == Array(decomposed.utf8))
    }

    @Test mutating func `two names that look alike are two files, and the second is reported`() {
        let composed = "n/caf\u{e9}.md", decomposed = "n/cafe\u{301}.md"
        put(composed, "one")
        #expect(catalogue.holder(of: "n/cafe\u{301}")?.path.hasSameBytes(as: composed) == true)
        put(decomposed, "two")
        #expect(catalogue.count == 2)
        #expect(catalogue.holder(of: "n/cafe\u{301}")?.path.hasSameBytes(as: decomposed) == true)
        #expect(catalogue.problems.map { Array($0.path.utf8) } == [Array(composed.utf8)], "the second in bytes")
        catalogue.remove(composed)
        #expect(catalogue.count == 1 && catalogue.problems == [])
        put(composed, "one")
        catalogue.remove(decomposed)
        #expect(catalogue.holder(of: "n/cafe\u{301}")?.path.hasSameBytes(as: composed) == true)
        put("u\u{308}/a.md", "x")
        put("\u{fc}/b.md", "x")
        catalogue.put(attachment: "\u{fc}/b.png")
        #expect(catalogue.problems.map(\.path) == ["\u{fc}"], "folders too")
        #expect(catalogue.paths(below: "\u{fc}").count == 2)
        catalogue.remove("u\u{308}/a.md")
        #expect(catalogue.problems == [])
    }

    @Test mutating func `an agent with letters in another composition is another agent`() {
        put("andr\u{e9}.md", "---\nclass: agent\n---\nOne.")
        put("andre\u{301}.md", "---\nclass: agent\n---\nTwo.")
        #expect(Set(catalogue.agents.map(\.disposition)).isSuperset(of: ["One.", "Two."]))
        catalogue.remove("andr\u{e9}.md")
        #expect(catalogue.agents.map(\.disposition).contains("Two."))
        #expect(AgentID("andr\u{e9}") != AgentID("andre\u{301}"))
        #expect(Set([AgentID("andr\u{e9}"), AgentID("andre\u{301}")]).count == 2)
    }

    @Test(arguments: [
        "scout.sync-conflict-20260314-101112-ABCDEFG.md", "scout (conflicted copy 2026-03-14 101112).md",
        "scout (Ann's conflicted copy 2026-03-14).md", "scout (SFConflict ann@example.org 2026-03-14-10-11-12).md",
        "scout_conflict-20260314-101112.md", "scout_LOCAL_1234.md", "scout_REMOTE_1234.md", "scout (Case Conflict).md",
        "scout (In Konflikt stehende Kopie von Ann 2026-03-14).md", "scout (Copie en conflit de Ann 2026-03-14).md",
    ])
    mutating func `a conflict copy of an agent starts nobody and takes no id`(copy: String) {
        let text = "---\nclass: agent\nid: scout\n---\nYou are."
        put("team/\(copy)", text + " Changed.")
        #expect(agents() == ["index"])
        put("team/scout.md", text)
        #expect(agents() == ["index", "scout"] && catalogue.agents.last?.disposition == "You are.")
        #expect(catalogue.holder(of: "scout")?.path == "team/scout.md")
        #expect(catalogue.problems.contains { $0.path == "team/\(copy)" && $0.message.contains("conflict copy") })
        #expect(catalogue.problems.allSatisfy { $0.path != "team/scout.md" })
    }

    @Test(arguments: [
        "scout (1).md", "scout copy.md", "scout copy 2.md", "scout-DESKTOP-4F7A.md", "scout-HOSTNAME.md",
        "scout.bak.md",
        "scout - Copy.md", "scout - Copy (2).md", "scout 2.md", "Copy of scout.md", "Copy (2) of scout.md",
        "scout (copy).md",
        "scout (3rd copy).md", "scout_backup.md", "scout-old.md", "scout.orig.md", "scout - Kopie.md",
        "Kopie von scout.md",
        "scout~.md", "scout (2026-03-14).md", "scout (Kopie).md", "scout 2 copy.md",
    ])
    mutating func `a copy beside an agent starts nobody and takes no id, until it stands alone`(copy: String) {
        let text = "---\nclass: agent\nid: scout\n---\nYou are."
        put("team/scout.md", text)
        put("team/\(copy)", text + " Changed.")
        #expect(agents() == ["index", "scout"] && catalogue.agents.last?.disposition == "You are.")
        #expect(catalogue.holder(of: "scout")?.path == "team/scout.md")
        #expect(
            catalogue.problems.contains { $0.path == "team/\(copy)" && $0.message.contains("copy of team/scout.md") })
        #expect(catalogue.problems.allSatisfy { $0.path != "team/scout.md" })
        put("team/\(copy)", "---\nclass: agent\nprovider: [a]\n---\nBroken.")
        #expect(agents() == ["index", "scout"] && catalogue.undecided == [])
        put("team/\(copy)", "---\nclass: agent\nid: other\n---\nYou are.")
        #expect(agents() == ["index", "scout"])
        catalogue.remove("team/scout.md")
        #expect(agents() == ["index", "other"] && catalogue.problems == [])
    }

    @Test(arguments: [
        "scout-berlin.md", "scout-QA.md", "scout2.md", "scout-2.md", "scout 2026.md", "copycat.md", "scouts.md",
        "a/scout copy.md", "scouting (1).md", "copy.md", "(1).md", "Copy of .md", "bold.md",
    ])
    mutating func `another name is that of another agent`(name: String) {
        put("scout.md", "---\nclass: agent\n---\nYou are.")
        put(name, "---\nclass: agent\nid: other\n---\nYou are another.")
        #expect(agents() == ["index", "other", "scout"] && catalogue.problems == [])
    }

    @Test mutating func `a copy of a note is a note, and an agent beside a note of its name is an agent`() {
        put("scout.md", "A note.")
        put("scout 2.md", "---\nclass: agent\n---\nYou are.")
        put("note (1).md", "A note.")
        put("note.md", "A note.")
        #expect(agents() == ["index", "scout 2"] && catalogue.problems == [])
    }

    @Test mutating func `an agent that says the same as another is named, whatever its title`() {
        put("a.md", "---\nclass: agent\ntags: [x]\n---\nYou are.")
        put("b.md", "---\nclass: agent\ntags: [x]\n---\nYou are.")
        put("c.md", "---\nclass: agent\ntitle: Other\ntags: [x]\n---\nYou are.\n")
        put("d.md", "---\nclass: agent\ntags: [y]\n---\nYou are.")
        put("e.md", "---\nclass: agent\n---\n")
        put("f.md", "---\nclass: agent\n---\n")
        #expect(agents() == ["a", "b", "c", "d", "e", "f", "index"])
        #expect(catalogue.problems.map(\.path) == ["b.md", "c.md"])
        #expect(catalogue.problems.allSatisfy { $0.message.contains("the same as a.md") })
    }

    @Test func `a name of many parts has few originals`() {
        let name = String(repeating: "-ABCDE", count: 30) + " copy (1) (2) (3) 4 - Copy.bak"
        #expect((1...40).contains(CopyName.originals(of: "a/x\(name).md").count))
        #expect(CopyName.originals(of: "a/Copy of x (1).md").contains("a/x.md"))
    }

    @Test(
        arguments: [
            ("one.md", "one"), ("ONE", "one"), ("One.MD", "one"), ("/one", "one"), ("./one", "one"),
            ("deep", "a/b/deep"),
            ("B/Deep", "a/b/deep"), ("own", "own"), ("OWN", "own"), ("file", "own"), ("one.org", "one"), ("nope", nil),
            ("", nil),
            ("ne", nil), ("../one", nil), ("pic.png", nil), ("b/one", nil),
        ] as [(String, RecordID?)])
    mutating func `an id that no record has means what a link would`(id: String, meant: RecordID?) {
        put("one.md", "1")
        put("a/b/deep.md", "2")
        put("c/file.md", "---\nid: own\n---\n3")
        catalogue.put(attachment: "pic.png")
        #expect(catalogue.record(meantBy: id) == meant)
    }

    @Test mutating func `a merge conflict among the keys keeps the agent as it was, and one in the text is told`() {
        let valid = "---\nclass: agent\nmodel: a\n---\nYou are."
        let keys = "---\nclass: agent\n<<<<<<< HEAD\nmodel: a\n=======\nmodel: b\n>>>>>>> x\n---\nYou are."
        let whole = "<<<<<<< HEAD\n\(valid)\n=======\n---\nclass: agent\n---\nNo.\n>>>>>>> x\n"
        let end = "---\nclass: agent\n<<<<<<< HEAD\nmodel: a\n---\nA\n=======\nmodel: b\n---\nB\n>>>>>>> x\n"
        for broken in [keys, whole, end] {
            put("a.md", valid)
            put("a.md", broken)
            #expect(catalogue.agents.first?.model == "a" && catalogue.agents.first?.problem != nil)
            #expect(
                catalogue.problems.map(\.path) == ["a.md"] && catalogue.problems[0].message.contains("merge conflict"))
            catalogue.remove("a.md")
            put("a.md", broken)
            #expect(catalogue.undecided.map(\.id) == ["a"])
        }
        put("a.md", "\(valid)\n<<<<<<< HEAD\nA\n=======\nB\n>>>>>>> x\n")
        #expect(catalogue.agents.first?.disposition.hasPrefix("You are.") == true)
        #expect(catalogue.problems.map(\.line) == [6])
    }

    @Test mutating func `what a merge has left of a note is reported, and a file that only ends so is not`() {
        catalogue.put(attachment: "n/note.md.orig")
        catalogue.put(attachment: "n/program.c.orig")
        #expect(catalogue.problems.map(\.path) == ["n/note.md.orig"])
        catalogue.remove("n/note.md.orig")
        #expect(catalogue.problems == [])
    }

    @Test(arguments: [
        "conflict.md", "my_LOCAL_time.md", "a-b (copy).md", "a-b (conflicts).md", "sync-conflict.md",
        "a/x_conflict-y.md",
    ])
    func `a note about conflicts is no conflict copy`(path: String) { #expect(ConflictCopy.program(of: path) == nil) }

    @Test(arguments: [
        ("tags: #ops", 2, "begin with #"), ("tags: {a: b}", 2, "neither words"),
        ("a: 1\ntags: [[a]]", 3, "neither words"),
        ("title: [a]", 2, "list or a map"), ("class: Agent", 2, "write agent"),
        ("class: [agent]", 2, "list or a map"),
    ])
    func `a slip in a key is told with its line`(yaml: String, line: Int, words: String) {
        let record = Record(path: "a.md", text: "---\n\(yaml)\n---\nx")
        #expect(record.problems.map(\.line) == [line])
        #expect(record.problems.first?.message.contains(words) == true, "\(record.problems)")
        #expect(!record.isFrontmatterBroken && record.recordClass == .durable && record.body == "x")
    }

    @Test(arguments: ["tags:", "tags: [a, 1]", "tags: 7", "title: 7", "class: lecture", "class:", "title:", "tags: []"])
    func `an unusual value is no slip`(yaml: String) {
        #expect(Record(path: "a.md", text: "---\n\(yaml)\n---\nx").problems == [])
    }

    @Test mutating func `a file that is ignored says why, and links to it lead somewhere`() {
        catalogue.passOver(RecordProblem(path: "log/large.md", line: nil, message: "too large"))
        #expect(catalogue.ignored("log/large")?.message == "too large")
        #expect(catalogue.ignored("log/other") == nil)
        let table = catalogue.linkTable(for: [(name: LinkName("Large", .wikilink), file: "a.md")], withRecords: false)
        #expect(table.path(of: LinkName("Large", .wikilink), from: "a.md") == "log/large.md")
    }

    @Test(arguments: [
        (Int128(Int64.max), "2262-04-11T23:47:16.854Z"), (-500_000_000, "1969-12-31T23:59:59.500Z"),
        (0, "1970-01-01T00:00:00.000Z"), (15_032_385_535_000_000_000, "2446-05-10T22:38:55.000Z"),
        (253_402_300_799_999_999_999, "9999-12-31T23:59:59.999Z"),
        (-62_135_596_800_000_000_000, "0001-01-01T00:00:00.000Z"),
    ])
    func `a date is one whenever the file was changed`(nanoseconds: Int128, updated: String) {
        let stamp = FileStamp(
            bytes: 1, modifiedNanoseconds: nanoseconds, changedNanoseconds: 0, inode: 1, nowNanoseconds: 0)
        #expect(stamp.updated == updated)
    }

    @Test func `the first answer to a request is remembered until there are too many`() {
        typealias Key = AnswerMemory<Int>.Key
        var memory = AnswerMemory<Int>(capacity: 2)
        for number in 1...2 { memory.remember(number, for: Key(caller: "user:ann", request: "\(number)")) }
        memory.remember(10, for: Key(caller: "user:ann", request: "1"))
        #expect(memory[Key(caller: "user:ann", request: "1")] == 10)
        #expect(memory[Key(caller: "user:bob", request: "1")] == nil)
        memory.remember(3, for: Key(caller: "user:ann", request: "3"))
        #expect((1...3).map { memory[Key(caller: "user:ann", request: "\($0)")] } == [nil, 2, 3])
    }
}

extension FileStamp {
    /// A file that was changed long ago.
    static let old = FileStamp(
        bytes: 1, modifiedNanoseconds: 1_767_225_600_000_000_000, changedNanoseconds: 0, inode: 1,
        nowNanoseconds: .max)
}
