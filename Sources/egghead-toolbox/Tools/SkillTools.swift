import Bus
import BusClient
import Capabilities
import LinuxSystem
import Records
import Runtime
import Services

/// The tool that loads skills, and the skills that there are: records of their class, and directories that the
/// configuration names.
final class SkillTools: ToolSource {
    /// Every tool of every source, this one's included.
    var everyTool: () -> [Tool] = { [] }

    private let client: BusClient
    private let log: Log
    private var directories: [FilePath] = []
    private var ofRecords: [RecordID: (revision: String, skill: Result<Skill, SkillProblem>)] = [:]
    private var ofDirectories: [Skill] = []
    private var directoryProblems: [SkillDescription] = []
    private var isReading = false, isReadingDue = false

    /// How long after a change of records the skills among them are looked for.
    private static let pause = Duration.seconds(1)
    private static let patience = Duration.seconds(30)
    /// How many skills a directory may have.
    private static let skillsMax = 256

    /// The skills of a node, of which none is known so far.
    init(client: BusClient, log: Log) { (self.client, self.log) = (client, log) }

    /// Takes over which directories the configuration names, and looks into them.
    func read(_ settings: ToolboxSettings) {
        directories = settings.skills.compactMap { FilePath($0) }
        readDirectories()
    }

    /// Looks for records now, and whenever some change.
    func serve() {
        client.subscribe(SubjectPattern(.recordsChanged)) { [unowned self] _ in readRecordsLater() }
        readRecords()
    }

    /// The skills, of two of one name the record.
    var skills: [Skill] {
        let records = ofRecords.values.compactMap { try? $0.skill.get() }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        var names: Set<String> = []
        return (records + ofDirectories).filter { names.insert($0.name).inserted }.sorted { $0.name < $1.name }
    }

    /// Every skill, and everything that was to be one, for people.
    ///
    /// - Parameter menu: Every tool of every source.
    func descriptions(menu: [Tool]) -> [SkillDescription] {
        let used = skills, all = ofRecords.values.compactMap { try? $0.skill.get() } + ofDirectories
        let known = all.map { skill in
            var problems = skill.unknownTools(menu: menu).map { "there is no tool \($0), so nobody is offered it" }
            if !used.contains(skill) { problems.append("another skill has the same name, and is used") }
            return SkillDescription(
                name: skill.name, description: skill.description, source: skill.source.words,
                allowedTools: skill.allowedTools, text: skill.text, problem: problems.first)
        }
        let wrong = ofRecords.compactMap { id, read -> SkillDescription? in
            guard case .failure(let problem) = read.skill else { return nil }
            return SkillDescription(name: id.rawValue, source: "[[\(id)]]", problem: problem.reason)
        }
        return (known + wrong + directoryProblems).sorted { ($0.name, $0.source) < ($1.name, $1.source) }
    }

    // MARK: The tool

    var menu: [Tool] { [.loadSkill] }

    func definition(of tool: Tool, for authority: Authority?, menu: [Tool]) -> ToolDefinition? {
        guard let authority else { return nil }
        return Tool.loadSkillDefinition(skills.filter { $0.isOffered(to: authority, menu: menu) })
    }

    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        let name = (try? call.arguments.text("name")) ?? ""
        let offered = skills.filter { $0.isOffered(to: call.usable, menu: everyTool()) }
        guard let skill = offered.first(where: { $0.name == name }) else {
            let known = offered.map(\.name).joined(separator: ", ")
            let advice = known.isEmpty ? "no skill is offered to you" : "you are offered \(known)"
            return done(ToolOutcome(.failed, "load_skill: there is no skill \(name.prefix(80)) for you; \(advice)"))
        }
        guard case .directory(let directory) = skill.source else { return done(ToolOutcome(.done, skill.text)) }
        let files = ((try? Files.list(directory.description)) ?? []).filter { $0 != Self.fileName }.sorted()
        let beside =
            files.isEmpty
            ? ""
            : "\n\n[Its files are in \(directory): \(files.prefix(50).joined(separator: ", ")). Use your own tools.]"
        done(ToolOutcome(.done, skill.text + beside))
    }

    func stop(_ call: ToolCallKey) {}

    // MARK: Reading

    static let fileName = "SKILL.md"

    private func readDirectories() {
        (ofDirectories, directoryProblems) = ([], [])
        for directory in directories {
            let names: [String]
            do throws(SystemCallError) { names = try Files.list(directory.description) } catch {
                problem(directory.description, directory, "\(error)")
                continue
            }
            for name in names.sorted().prefix(Self.skillsMax) {
                guard let place = FilePath(name, in: directory) else { continue }
                let file = "\(place)/\(Self.fileName)"
                guard (try? Files.status(file))?.kind == .file else { continue }
                do {
                    let bytes = try Files.read(file, limit: Skill.textBytesMax + 4_096)
                    let record = Record(path: "\(name)/\(Self.fileName)", text: String(decoding: bytes, as: UTF8.self))
                    if record.isFrontmatterBroken {
                        throw SkillProblem(record.problems.first?.message ?? "its keys cannot be read")
                    }
                    ofDirectories.append(
                        try Skill(fields: record.fields, text: record.body, name: name, source: .directory(place)))
                } catch {
                    problem(name, place, (error as? SkillProblem)?.reason ?? "\(error)")
                }
            }
        }
    }

    private func problem(_ name: String, _ place: FilePath, _ reason: String) {
        log.warning("skill.unusable", ["place": "\(place)", "problem": reason])
        directoryProblems.append(SkillDescription(name: name, source: "\(place)", problem: reason))
    }

    private func readRecordsLater() {
        guard !isReadingDue else { return }
        isReadingDue = true
        client.loop.schedule(after: Self.pause) { [weak self] in
            self?.isReadingDue = false
            self?.readRecords()
        }
    }

    private func readRecords() {
        guard !isReading else { return readRecordsLater() }
        isReading = true
        list(after: nil, [])
    }

    private func list(after id: RecordID?, _ found: [RecordSummary]) {
        let request = Store.List.Request(recordClass: .skill, after: id)
        client.request(Store.List.self, request, deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .failure:
                isReading = false
                readRecordsLater()
            case .success(let page):
                let all = found + page.records
                if page.more, all.count < Self.skillsMax, let last = page.records.last {
                    return list(after: last.id, all)
                }
                ofRecords = ofRecords.filter { id, read in all.contains { $0.id == id && $0.revision == read.revision }
                }
                read(all.filter { ofRecords[$0.id] == nil }[...])
            }
        }
    }

    private func read(_ records: ArraySlice<RecordSummary>) {
        guard let next = records.first else {
            isReading = false
            return
        }
        client.request(Store.Get.self, .init(id: next.id), deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            if case .success(let reply) = result {
                let name = next.id.rawValue.split(separator: "/").last.map(String.init) ?? next.id.rawValue
                let skill = Result { () throws(SkillProblem) in
                    try Skill(fields: reply.fields, text: reply.body, name: name, source: .record(next.id))
                }
                ofRecords[next.id] = (reply.summary.revision, skill)
            }
            read(records.dropFirst())
        }
    }
}

extension Skill.Source {
    fileprivate var words: String {
        switch self {
        case .record(let id): "[[\(id)]]"
        case .directory(let path): path.description
        }
    }
}
