/// The parameters of a dialect's requests that models are known to refuse, and how words name them.
struct KnownParameters {
    private let names: [String]
    private let aliases: [(name: String, parameter: String)]

    /// - Parameters:
    ///   - names: The vendor's names; one that is part of another comes after it.
    ///   - aliases: What else errors call them.
    init(_ names: [String] = [], aliases: [(name: String, parameter: String)] = []) {
        self.names = names
        self.aliases = aliases
    }

    /// The parameter that a text names. Vendors name what is within one in several ways: `thinking.type`,
    /// `generation_config.thinking_config.thinking_level`, `Thinking level`.
    func parameter(in text: String) -> String? {
        let all = text.split { !($0.isLetter || $0.isNumber || "_.[]".contains($0)) }
        let paths = all.filter { !Self.isInConversation($0) }
        let words = paths.flatMap { $0.split(separator: ".") }.map(Self.plain)
        if let name = names.first(where: { words.contains(Self.plain($0)) }) { return name }
        // A name of two words may be written as such.
        let pairs = zip(words, words.dropFirst()).map { $0 + $1 }
        let compound = names.filter { Self.plain($0).count < $0.count || $0 != $0.lowercased() }
        if let name = compound.first(where: { pairs.contains(Self.plain($0)) }) { return name }
        if paths.count < all.count { return nil }  // it is about a message
        return aliases.first { words.contains(Self.plain($0.name)) }?.parameter
    }

    /// A name without what vendors write differently: `reasoningEffort`.
    private static func plain(_ name: some StringProtocol) -> String { name.lowercased().filter { $0 != "_" } }

    /// Whether a path leads into the messages: `messages.1.content.0.thinking`, `input[3]`.
    static func isInConversation(_ path: some StringProtocol) -> Bool {
        ["messages", "input", "contents"].contains { path.hasPrefix($0 + ".") || path.hasPrefix($0 + "[") }
    }
}
