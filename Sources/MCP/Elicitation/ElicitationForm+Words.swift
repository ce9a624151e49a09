import Services

/// A form as people read it and fill it in: each field on a line, and a text for each value.
extension ElicitationForm {
    /// The fields, a line each: `age (a whole number, wanted): How old are you?`
    public var lines: [String] { fields.map(\.line) }

    /// What a person has written, as the server takes it. What is left out has the value that the server suggests.
    ///
    /// - Throws: What is wrong, on a line each.
    public func content(of values: [String: String]) throws(ElicitationProblems) -> [String: JSONValue] {
        var content: [String: JSONValue] = [:], problems: [String] = []
        for (name, text) in values {
            guard let field = fields.first(where: { $0.name == name }) else {
                // The form itself says that it does not know the name.
                content[name] = .string(text)
                continue
            }
            content[name] = field.value(of: text)
        }
        for field in fields where content[field.name] == nil { content[field.name] = field.suggestion }
        problems = self.problems(with: content)
        if !problems.isEmpty { throw ElicitationProblems(lines: problems) }
        return content
    }
}

/// Why a form is not filled in as its server wants it.
public struct ElicitationProblems: Error, Hashable {
    /// In words, on a line each.
    public let lines: [String]
}

extension ElicitationForm.Field {
    fileprivate var line: String {
        let need = isRequired ? "wanted" : "may be left out"
        var line = "\(name) (\(kind.words), \(need))"
        if title != name { line += ": \(title)" }
        if let explanation, !explanation.isEmpty { line += ": \(explanation.onOneLine)" }
        if let suggestion = suggestion?.words { line += " [\(suggestion)]" }
        return line
    }

    /// A text as a value of the field's kind; as a text where it is none, which the form refuses with the right words.
    fileprivate func value(of text: String) -> JSONValue {
        switch kind {
        case .text: return .string(text)
        case .number: return Int(text).map(JSONValue.integer) ?? Double(text).map(JSONValue.number) ?? .string(text)
        case .bool:
            switch text.lowercased() {
            case "true", "yes", "y": return .bool(true)
            case "false", "no", "n": return .bool(false)
            case _: return .string(text)
            }
        case .choice(let options): return .string(Self.value(text, among: options))
        case .choices(let options, _, _):
            let words = text.split(separator: ",").map { $0.drop { $0 == " " } }
            return .array(words.map { .string(Self.value(String($0), among: options)) })
        }
    }

    /// People may write what they read.
    private static func value(_ text: String, among options: [ElicitationForm.Option]) -> String {
        if options.contains(where: { $0.value == text }) { return text }
        return options.first { $0.title == text }?.value ?? text
    }
}

extension ElicitationForm.Kind {
    fileprivate var words: String {
        switch self {
        case .text(_, _, let format):
            switch format {
            case "email": "an address of mail"
            case "uri": "an address"
            case "date": "a date"
            case "date-time": "a date and a time"
            case _: "a text"
            }
        case .number(_, _, let isWhole): isWhole ? "a whole number" : "a number"
        case .bool: "yes or no"
        case .choice(let options): "one of \(Self.list(options))"
        case .choices(let options, _, _): "some of \(Self.list(options))"
        }
    }

    private static func list(_ options: [ElicitationForm.Option]) -> String {
        options.map { $0.title == $0.value ? $0.value : "\($0.value) (\($0.title))" }.joined(separator: ", ")
    }
}

extension JSONValue {
    /// As a person would write it.
    fileprivate var words: String? { items.map { $0.compactMap(\.scalarText).joined(separator: ", ") } ?? scalarText }
}
