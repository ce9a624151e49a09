/// A text of the configuration in which secrets are named and not written, such as `Bearer {cred:token}`.
public struct SecretText: Codable, Hashable, Sendable {
    /// A part of it.
    public enum Part: Codable, Hashable, Sendable {
        /// As it is.
        case text(String)
        /// What is to stand there.
        case secret(KeySource)
    }

    /// The parts, in order.
    public let parts: [Part]

    /// A text of parts.
    public init(parts: [Part]) { self.parts = parts }

    /// Reads a text in which `{env:NAME}`, `{file:PATH}` and `{cred:NAME}` stand for what is there. Other braces are
    /// braces.
    public init(_ text: String) {
        var parts: [Part] = [], rest = text[...]
        while let match = rest.firstMatch(of: /\{(env|file|cred):([^{}]+)\}/) {
            if match.range.lowerBound > rest.startIndex {
                parts.append(.text(String(rest[..<match.range.lowerBound])))
            }
            let name = String(match.output.2)
            switch match.output.1 {
            case "env": parts.append(.secret(.environment(name)))
            case "file": parts.append(.secret(.file(name)))
            case _: parts.append(.secret(.credential(name)))
            }
            rest = rest[match.range.upperBound...]
        }
        if !rest.isEmpty || parts.isEmpty { parts.append(.text(String(rest))) }
        self.init(parts: parts)
    }

    /// Where its secrets are.
    public var sources: [KeySource] {
        parts.compactMap { if case .secret(let source) = $0 { source } else { nil } }
    }

    /// The text with what `secret` finds in the places.
    public func text<Failure: Error>(
        secret: (KeySource) throws(Failure) -> String
    ) throws(Failure) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let words): text += words
            case .secret(let source): text += try secret(source)
            }
        }
        return text
    }
}
