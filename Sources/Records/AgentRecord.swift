import Services

/// The definition of an agent in a record of `class: agent`, or why there is none.
enum AgentRecord {
    /// Reads an agent's keys.
    ///
    /// - Returns: The definition, unless there is a problem with a key that keeps it from being one; and every problem
    ///   with the keys.
    static func definition(of record: Record, text: any RecordText) -> (AgentDefinition?, [RecordProblem]) {
        var reader = AgentFieldReader(record: record, text: text)
        let disposition = String(Substring(record.body).trimmed())
        let definition = AgentDefinition(
            id: AgentID(record.id), title: record.title, tags: record.tags, disposition: disposition, digest: "",
            provider: reader.text(.provider), model: reader.text(.model), models: reader.models(),
            temperature: reader.number(.temperature, in: 0...2),
            maxTokens: reader.integer(.maxTokens, in: 1...10_000_000),
            contextThreshold: reader.number(.contextThreshold, in: 0.05...1),
            contextWindow: reader.integer(.contextWindow, in: 256...100_000_000),
            thinking: reader.choice(.thinking), voice: reader.choice(.voice), limits: reader.limits(),
            quiet: reader.bool(.quiet) ?? false, budget: reader.budget(),
            capabilities: reader.capabilities(), sandbox: reader.sandbox(), ask: reader.permissions(.ask),
            approvers: reader.texts(.approvers), askTimeoutSeconds: reader.seconds(.askTimeout))
        if disposition.utf8.count > RecordLimits.dispositionBytesMax {
            let message = "an agent's text is longer than \(RecordLimits.dispositionBytesMax >> 10) KiB; shorten it"
            reader.problems.append(RecordProblem(path: record.path, line: nil, message: message))
        }
        return (reader.problems.isEmpty ? definition.withDigest : nil, reader.problems + reader.warnings)
    }
}

extension AgentKey {
    /// How a changed value takes effect.
    enum Effect: Hashable {
        /// With the next turn: the coordinator sends it to the process with the turn, or is the only one to use it.
        case inPlace
        /// With a new process, because it is part of the launch digest: the old process ends its turns first.
        case newProcess
    }

    /// The table of all keys. A key that is not in it does not compile.
    var effect: Effect {
        switch self {
        case .title, .tags, .quiet, .access, .capabilities, .sandbox, .ask, .approvers, .askTimeout, .budget, .voice:
            .inPlace
        case .provider, .model, .models, .temperature, .thinking, .maxTokens, .contextThreshold, .contextWindow,
            .limits, .text:
            .newProcess
        }
    }
}

extension AgentDefinition {
    /// The same definition with its launch digest.
    var withDigest: AgentDefinition {
        var hash = Digest(), copy = self
        for key in AgentKey.allCases where key.effect == .newProcess { hash.addField(value(of: key)) }
        copy.digest = hash.hexadecimal
        return copy
    }
}

/// Reads the keys of an agent one by one and collects the errors.
private struct AgentFieldReader {
    /// What keeps the record from defining an agent.
    var problems: [RecordProblem] = []
    /// What is passed over.
    var warnings: [RecordProblem] = []
    private let record: Record
    private let source: any RecordText

    init(record: Record, text: any RecordText) {
        self.record = record
        source = text
    }

    mutating func text(_ key: AgentKey) -> String? {
        guard let value = value(of: key) else { return nil }
        guard let text = value.scalarText, !text[...].trimmed().isEmpty else { return refuse(key, "is not text") }
        return text
    }

    mutating func number(_ key: AgentKey, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(of: key) else { return nil }
        guard let number = value.scalarText.flatMap(Double.init), range.contains(number) else {
            return refuse(key, "is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func integer(_ key: AgentKey, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(of: key) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            return refuse(key, "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(_ key: AgentKey) -> Choice? {
        guard let value = value(of: key) else { return nil }
        guard let choice = value.scalarText.flatMap(Choice.init) else {
            return refuse(key, "is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The models in the order in which they are tried; one may stand without a list.
    mutating func models() -> [String]? {
        guard let value = value(of: .models) else { return nil }
        guard self.value(of: .provider) == nil, self.value(of: .model) == nil else {
            return refuse(.models, "is set beside provider or model; keep one of them")
        }
        let values: [JSONValue] = if case .array(let values) = value { values } else { [value] }
        let names = values.compactMap(\.scalarText).filter { !$0[...].trimmed().isEmpty }
        guard names.count == values.count, (1...RecordLimits.modelsMax).contains(names.count) else {
            return refuse(.models, "is not a list of 1 to \(RecordLimits.modelsMax) names such as openai/gpt-5.4-mini")
        }
        return names
    }

    /// Tokens, money, or a list of both.
    mutating func budget() -> SpendingCap? {
        guard let value = value(of: .budget) else { return nil }
        let values: [JSONValue] = if case .array(let values) = value { values } else { [value] }
        let caps = values.compactMap { $0.scalarText.flatMap { SpendingCap($0) } }
        guard let first = caps.first, caps.count == values.count,
            let all = caps.dropFirst().reduce(Optional(first), { $0?.and($1) })
        else { return refuse(.budget, "is not tokens, such as 200k, or dollars, such as $2.50, or a list of both") }
        return all
    }

    /// Limits in the form of a tree file.
    mutating func limits() -> ResourceLimits? {
        guard let value = value(of: .limits) else { return nil }
        guard case .object(let members) = value else {
            return refuse(.limits, "is not a map such as {memory: 256M, tasks: 64, cpu: 50%}")
        }
        var limits = ResourceLimits()
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            let text = value.scalarText ?? ""
            switch key {
            case "memory":
                limits.memoryBytes =
                    ResourceLimits.bytes(text) ?? refuse(.limits, "has a memory that is not a size such as 256M")
            case "tasks":
                limits.tasks =
                    Int(text).flatMap { ResourceLimits.tasksRange.contains($0) ? $0 : nil }
                    ?? refuse(.limits, "has tasks that are not from 1 to \(ResourceLimits.tasksRange.upperBound)")
            case "cpu":
                limits.cpuPercent =
                    ResourceLimits.percent(text) ?? refuse(.limits, "has a cpu that is not a share such as 50%")
            case _:
                let known = ResourceLimits.keys.joined(separator: ", ")
                report(.limits, "has the unknown key \(key.prefix(40)); known are \(known)")
            }
        }
        return limits == ResourceLimits() ? nil : limits
    }

    mutating func bool(_ key: AgentKey) -> Bool? {
        guard let value = value(of: key) else { return nil }
        guard case .bool(let bool) = value else { return refuse(key, "is neither true nor false") }
        return bool
    }

    /// The value of `capabilities`, or of `access`, which is short for some capabilities.
    mutating func capabilities() -> [Grant]? {
        guard let access: AgentAccess = choice(.access) else { return grants(.capabilities) }
        guard value(of: .capabilities) == nil else {
            return refuse(.access, "is short for capabilities, which is set, too; remove one of them")
        }
        return access.grants(hasSandbox: value(of: .sandbox) != nil)
    }

    /// For what a person is asked first. A name that is not known asks nobody, so it may not be passed over.
    mutating func permissions(_ key: AgentKey) -> [Permission]? {
        texts(key)?.compactMap { name in
            if let permission = Permission(rawValue: name) { return permission }
            let hint = NearestName.hint(for: name, among: Permission.allCases.map(\.rawValue))
            return refuse(key, "has the unknown \(name.prefix(64))\(hint)")
        }
    }

    /// A list of texts; one may stand without a list.
    mutating func texts(_ key: AgentKey) -> [String]? {
        guard let value = value(of: key) else { return nil }
        let values: [JSONValue] = if case .array(let values) = value { values } else { [value] }
        let texts = values.compactMap(\.scalarText).filter { !$0[...].trimmed().isEmpty }
        return texts.count == values.count ? texts : refuse(key, "is not a list of names")
    }

    /// A time such as `30m`, in seconds.
    mutating func seconds(_ key: AgentKey) -> Int? {
        guard let text = text(key) else { return nil }
        let seconds = Duration(span: text).map { Int($0.components.seconds) }
        guard let seconds, AskingRules.timeoutRange.contains(seconds) else {
            return refuse(key, "is not a time from 10s to 168h, such as 30m")
        }
        return seconds
    }

    /// The directory outside of which the agent has no files.
    mutating func sandbox() -> String? {
        guard let text = text(.sandbox) else { return nil }
        return text.hasPrefix("/") && !text.utf8.contains(0) ? text : refuse(.sandbox, "is no absolute path")
    }

    /// What is not known is passed over: it grants nothing, and what is known is granted.
    private mutating func grants(_ key: AgentKey) -> [Grant]? {
        guard let value = value(of: key) else { return nil }
        let items: [JSONValue] = if case .array(let items) = value { items } else { [value] }
        var grants: [Grant] = []
        for complaint in items.flatMap({ Grant.read($0, into: &grants) }) {
            warnings.append(problem(key, complaint, "it grants nothing"))
        }
        return grants
    }

    private func value(of key: AgentKey) -> JSONValue? {
        let value = record.fields[key.rawValue]
        return value == .null ? nil : value
    }

    private mutating func refuse<Value>(_ key: AgentKey, _ complaint: String) -> Value? {
        report(key, complaint)
        return nil
    }

    private mutating func report(_ key: AgentKey, _ complaint: String) {
        problems.append(problem(key, complaint, "the agent keeps its previous record until it is repaired"))
    }

    private func problem(_ key: AgentKey, _ complaint: String, _ consequence: String) -> RecordProblem {
        let message = "agent \(record.id): \(key.rawValue) \(complaint); \(consequence)"
        return RecordProblem(path: record.path, line: source.line(of: key.rawValue), message: message)
    }
}
