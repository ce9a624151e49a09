import Capabilities
import Services

/// What a record of `class: agent` defines, or why it does not.
enum AgentRecord {
    /// Reads an agent's keys.
    ///
    /// - Returns: The definition, or every problem with the keys; then there is no definition.
    static func definition(of record: Record, text: any RecordText) -> Result<AgentDefinition, AgentProblems> {
        var reader = AgentFieldReader(record: record, text: text)
        let provider = reader.text("provider"), model = reader.text("model")
        let temperature = reader.number("temperature", in: 0...2)
        let maxTokens = reader.integer("max_tokens", in: 1...10_000_000)
        let threshold = reader.number("context_threshold", in: 0.05...1)
        let window = reader.integer("context_window", in: 256...100_000_000)
        let isQuiet = reader.bool("quiet") ?? false
        let capabilities = reader.grants("capabilities")
        let disposition = String(Substring(record.body).trimmed())
        if disposition.utf8.count > RecordLimits.dispositionBytesMax {
            let message = "an agent's text is longer than \(RecordLimits.dispositionBytesMax >> 10) KiB; shorten it"
            reader.problems.append(RecordProblem(path: record.path, line: nil, message: message))
        }
        if !reader.problems.isEmpty { return .failure(AgentProblems(problems: reader.problems)) }
        var digest = Digest()
        for field in [
            disposition, provider, model, temperature.map { "\($0)" }, maxTokens.map { "\($0)" },
            threshold.map { "\($0)" }, window.map { "\($0)" },
        ] { digest.addField(field) }
        return .success(
            AgentDefinition(
                id: record.id, title: record.title, tags: record.tags, disposition: disposition,
                digest: digest.hexadecimal, provider: provider, model: model, temperature: temperature,
                maxTokens: maxTokens, contextThreshold: threshold, contextWindow: window, quiet: isQuiet,
                capabilities: capabilities))
    }
}

/// Everything that keeps a record from defining an agent.
struct AgentProblems: Error {
    /// In the order of the keys.
    var problems: [RecordProblem]
}

/// Reads the keys of an agent one by one and collects what is wrong with them.
private struct AgentFieldReader {
    var problems: [RecordProblem] = []
    private let record: Record
    private let source: any RecordText

    init(record: Record, text: any RecordText) {
        self.record = record
        source = text
    }

    mutating func text(_ key: String) -> String? {
        guard let value = value(of: key) else { return nil }
        guard let text = value.scalarText, !text.isEmpty else { return refuse(key, "is no text") }
        return text
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(of: key) else { return nil }
        guard let number = value.scalarText.flatMap(Double.init), range.contains(number) else {
            return refuse(key, "is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(of: key) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            return refuse(key, "is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    mutating func bool(_ key: String) -> Bool? {
        guard let value = value(of: key) else { return nil }
        guard case .bool(let bool) = value else { return refuse(key, "is neither true nor false") }
        return bool
    }

    mutating func grants(_ key: String) -> [String]? {
        guard let value = value(of: key) else { return nil }
        let values: [JSONValue] = if case .array(let values) = value { values } else { [value] }
        let texts = values.compactMap(\.scalarText)
        guard texts.count == values.count else { return refuse(key, "is no list of capabilities") }
        if let unknown = texts.first(where: { Grant($0) == nil }) {
            let known = Grant.known.map(\.description).joined(separator: ", ")
            return refuse(key, "has \(unknown), which is none; known are \(known), each also with :ID or :FOLDER/*")
        }
        return texts
    }

    private func value(of key: String) -> JSONValue? {
        let value = record.fields[key]
        return value == .null ? nil : value
    }

    private mutating func refuse<Value>(_ key: String, _ complaint: String) -> Value? {
        let message = "agent \(record.id): \(key) \(complaint); the agent stays as it was until that is repaired"
        problems.append(RecordProblem(path: record.path, line: source.line(of: key), message: message))
        return nil
    }
}
