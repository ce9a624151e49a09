import Services
import Time

extension ElicitationForm {
    /// What is wrong with an answer, in words for the person who gave it, on a line each; nothing when the server will
    /// take it.
    public func problems(with content: [String: JSONValue]) -> [String] {
        var problems: [String] = []
        for field in fields {
            if let value = content[field.name], value != .null {
                if let problem = field.problem(with: value) { problems.append("`\(field.name)`: \(problem)") }
            } else if field.isRequired {
                problems.append("`\(field.name)` is wanted")
            }
        }
        let known = Set(fields.map(\.name))
        let unknown = content.keys.filter { !known.contains($0) }.sorted()
        return problems + unknown.map { "`\($0)` is not asked for" }
    }
}

extension ElicitationForm.Field {
    /// Why a value does not fit; nil when it does.
    func problem(with value: JSONValue) -> String? {
        switch (kind, value) {
        case (.text(let min, let max, let format), .string(let text)):
            Self.problem(with: text, lengthMin: min, lengthMax: max, format: format)
        case (.number(let min, let max, let isWhole), .integer), (.number(let min, let max, let isWhole), .number):
            Self.problem(with: value, min: min, max: max, isWhole: isWhole)
        case (.bool, .bool): nil
        case (.choice(let options), .string(let text)):
            options.contains { $0.value == text } ? nil : Self.wanted(options)
        case (.choices(let options, let min, let max), .array(let items)):
            Self.problem(with: items, options, countMin: min, countMax: max)
        case (.text, _): "a text is wanted"
        case (.number(_, _, let isWhole), _): isWhole ? "a whole number is wanted" : "a number is wanted"
        case (.bool, _): "true or false is wanted"
        case (.choice(let options), _): Self.wanted(options)
        case (.choices, _): "a list is wanted"
        }
    }

    private static func problem(with text: String, lengthMin: Int, lengthMax: Int?, format: String?) -> String? {
        // Lengths are those of JSON Schema, in code points.
        let length = text.unicodeScalars.count
        if text.utf8.count > MCPLimits.formTextBytesMax { return "the text is too long" }
        if length < lengthMin { return "at least \(Counted.words(lengthMin, "character")) are wanted" }
        if let lengthMax, length > lengthMax { return "at most \(Counted.words(lengthMax, "character")) are taken" }
        let fits =
            switch format {
            case "email": isMailAddress(text)
            case "uri": isAddress(text)
            case "date": TimestampFields(rfc3339: text + "T00:00:00Z") != nil
            case "date-time": isDate(text)
            default: true
            }
        return fits ? nil : "a text of the form `\(format ?? "")` is wanted"
    }

    /// Two words round one sign, no more: whether there is such a mailbox only its server knows.
    private static func isMailAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isWhitespace) }
    }

    /// See: RFC 3986 §3.1
    private static func isAddress(_ text: String) -> Bool {
        let scheme = text.prefix { $0 != ":" }
        return scheme.first?.isLetter == true && scheme.utf8.count + 1 < text.utf8.count
            && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
            && !text.contains(where: \.isWhitespace)
    }

    /// See: RFC 3339 §5.6
    private static func isDate(_ text: String) -> Bool {
        if TimestampFields(rfc3339: text) != nil { return true }
        let offset = text.suffix(6)
        return offset.count == 6 && "+-".contains(offset.prefix(1)) && offset.dropFirst(3).hasPrefix(":")
            && TimestampFields(rfc3339: text.dropLast(6) + "Z") != nil
    }

    private static func problem(with value: JSONValue, min: Double?, max: Double?, isWhole: Bool) -> String? {
        guard let number = value.double, number.isFinite else { return "a number is wanted" }
        if isWhole, number != number.rounded() { return "a whole number is wanted" }
        if let min, number < min { return "at least \(min) is wanted" }
        if let max, number > max { return "at most \(max) is taken" }
        return nil
    }

    private static func problem(
        with items: [JSONValue], _ options: [ElicitationForm.Option], countMin: Int, countMax: Int?
    ) -> String? {
        let values = Set(options.map(\.value))
        guard items.allSatisfy({ item in item.string.map { values.contains($0) } ?? false }) else {
            return wanted(options)
        }
        if items.count < countMin { return "at least \(Counted.words(countMin, "option")) are wanted" }
        if let countMax, items.count > countMax { return "at most \(Counted.words(countMax, "option")) are taken" }
        return nil
    }

    private static func wanted(_ options: [ElicitationForm.Option]) -> String {
        "one of \(options.prefix(12).map { "`\($0.value)`" }.joined(separator: ", "))"
            + (options.count > 12 ? " and \(options.count - 12) more is wanted" : " is wanted")
    }
}
