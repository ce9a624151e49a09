import Services

/// What a model gives a tool: an object of the shape that the menu shows. Models err, so every fault is told in words
/// from which they can learn.
public struct ToolArguments: Hashable, Sendable {
    private let tool: String
    /// What the model gives, by its names.
    public let members: [String: JSONValue]

    /// The members of the object that a model gives a tool.
    ///
    /// - Parameter tool: The tool's name, with which each refusal begins.
    public init(of tool: String, members: [String: JSONValue]) {
        self.tool = tool
        self.members = members
    }

    /// A text that must be there and must not be blank.
    ///
    /// - Throws: `invalid`, in words for the model; the same holds for the other members.
    public func text(_ key: String) throws(ServiceFailure) -> String {
        guard let text = try optionalText(key) else {
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is missing; call it again with it")
        }
        return text
    }

    /// A text that may be left out; a blank one counts as left out.
    public func optionalText(_ key: String) throws(ServiceFailure) -> String? {
        switch members[key] {
        case nil, .null: return nil
        case .string(let text): return text.allSatisfy(\.isWhitespace) ? nil : text
        case _:
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is not text; call it again with text")
        }
    }

    /// A text that must be there and may be blank.
    public func anyText(_ key: String) throws(ServiceFailure) -> String {
        if case .string(let text)? = members[key] { return text }
        throw ServiceFailure(.invalid, "\(tool): `\(key)` is missing or no text; call it again with text")
    }

    /// A whole number that may be left out; models write it as a text, too.
    ///
    /// - Parameter range: The numbers that are taken; others count as the nearest one.
    public func integer(_ key: String, in range: ClosedRange<Int>) throws(ServiceFailure) -> Int? {
        let number: Int?
        switch members[key] {
        case nil, .null: return nil
        case .integer(let value): number = value
        case .number(let value): number = Int(exactly: value)
        case .string(let text): number = Int(text)
        case _: number = nil
        }
        guard let number else {
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is no whole number; call it again with one")
        }
        return min(max(number, range.lowerBound), range.upperBound)
    }

    /// A path of the file system; the base itself when it is left out.
    ///
    /// - Parameter base: Where relative paths begin; nil when there is no one such place.
    public func path(_ key: String, base: FilePath?) throws(ServiceFailure) -> FilePath {
        guard let text = try optionalText(key) else {
            if let base { return base }
            throw ServiceFailure(.invalid, "\(tool): `\(key)` is missing; call it again with an absolute path")
        }
        if let path = FilePath(text, in: base) { return path }
        let advice = base == nil ? "an absolute path" : "a path"
        throw ServiceFailure(.invalid, "\(tool): `\(key)` is no path; call it again with \(advice)")
    }

    /// An object that may be left out; models write it as a text, too.
    ///
    /// - Parameter reading: How such a text is read.
    public func object(
        _ key: String, reading: (String) -> JSONValue?
    ) throws(ServiceFailure) -> [String: JSONValue]? {
        var value = members[key]
        if case .string(let text)? = value { value = reading(text) }
        switch value {
        case nil where members[key] == nil, .null?: return nil
        case .object(let members)?: return members
        case _: throw ServiceFailure(.invalid, "\(tool): `\(key)` is no object; call it again with one")
        }
    }

    /// A list of at least one text, none of which has a NUL, as a program gets it.
    public func words(_ key: String) throws(ServiceFailure) -> [String] {
        let words = try texts(key) ?? []
        guard words.first?.isEmpty == false, !words.contains(where: { $0.utf8.contains(0) }) else {
            throw ServiceFailure(
                .invalid, "\(tool): `\(key)` is not a program and its arguments; call it again with a list of texts")
        }
        return words
    }

    /// A list of texts that may be left out.
    public func texts(_ key: String) throws(ServiceFailure) -> [String]? {
        switch members[key] {
        case nil, .null: return nil
        case .array(let values):
            let texts = values.compactMap(\.string)
            if texts.count == values.count { return texts }
        case _: break
        }
        throw ServiceFailure(.invalid, "\(tool): `\(key)` is no list of texts; call it again with one")
    }
}
