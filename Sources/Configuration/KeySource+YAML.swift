import Services

extension KeySource {
    /// Where the key is to be found that a provider's `key` stands for; nil when it is the key itself.
    ///
    /// | written as | stands for |
    /// |---|---|
    /// | `"{env:NAME}"`, `{env: NAME}` | a variable of eggheadd's environment |
    /// | `"{file:PATH}"`, `{file: PATH}` | the content of a file |
    /// | `"{cred:NAME}"`, `{cred: NAME}` | a credential that systemd has passed to the service |
    /// | `{command: [PROGRAM, ARGUMENT, …]}` | what a program prints |
    ///
    /// What is none of them, but looks so, is reported.
    static func reference(_ node: YAMLNode) -> KeySource? {
        if let text = node.scalar {
            guard isReference(text) else { return nil }
            return reference(text.dropFirst().dropLast(), node)
        }
        // `{env:NAME}` without a blank is a mapping whose key is all of it.
        if let text = node.loneKey, text.contains(":") { return reference(text[...], node) }
        let members = node.mapping(known: ["env", "file", "cred", "command"])
        guard members.members.count == 1, let (name, value) = members.members.first else {
            node.report(Self.wanted)
            return nil
        }
        if name != "command" { return value.text().flatMap { named(name, $0, value) } }
        let words = value.list().compactMap { $0.text() }
        guard let program = words.first, program.hasPrefix("/") else {
            value.report("a program, by its absolute path, and its arguments are wanted")
            return nil
        }
        return .command(words)
    }

    /// Whether a text is meant as the place of a key, and not as the key.
    static func isReference(_ text: String) -> Bool { text.hasPrefix("{") && text.hasSuffix("}") }

    /// Why a text is no key but a slip in telling where one is; nil if it may be one. Of the text only the name of a
    /// variable is told.
    static func slip(in text: String) -> String? {
        if text == "true" || text == "false" { return "\(text) is no key; write the key itself, or \(places)" }
        if let start = shellStarts.first(where: { text.hasPrefix($0) }) {
            let name = text.dropFirst(start.count).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            let isName = ProviderAddress.objection(toVariable: String(name)) == nil
            return "variables are not written \(start)…; write {env: \(isName ? String(name) : "NAME")}"
        }
        return text.hasPrefix("{") || text.hasSuffix("}") ? "a brace is missing; write \(places)" : nil
    }

    /// How other programs have a variable begin.
    private static let shellStarts = ["${", "$", "env:", "os.environ/", "process.env."]

    private static let places = "{env: NAME}, {file: PATH}, {cred: NAME} or {command: [PROGRAM, ARGUMENT, …]}"

    private static func reference(_ text: Substring, _ node: YAMLNode) -> KeySource? {
        let parts = text.split(separator: ":", maxSplits: 1).map { String($0.trimming(\.isWhitespace)) }
        guard parts.count == 2 else {
            node.report(wanted)
            return nil
        }
        return named(parts[0], parts[1], node)
    }

    private static func named(_ kind: String, _ name: String, _ node: YAMLNode) -> KeySource? {
        let (source, objection): (KeySource?, String?) =
            switch kind {
            case "env": (.environment(name), ProviderAddress.objection(toVariable: name))
            case "file": (.file(name), name.hasPrefix("/") ? nil : "an absolute path is wanted")
            case "cred":
                (.credential(name), name.contains("/") || name.isEmpty ? "the name of a credential is wanted" : nil)
            case _: (nil, wanted)
            }
        if let objection { node.report(objection) }
        return source
    }

    private static let wanted =
        "a key is wanted, or {env: NAME}, {file: PATH}, {cred: NAME}, {command: [PROGRAM, ARGUMENT, …]}"
}
