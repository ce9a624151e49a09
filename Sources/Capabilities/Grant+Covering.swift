import Services

extension Grant {
    /// Whether the grant takes in what its permission is used on.
    public func covers(_ object: AccessRequest.Object) -> Bool {
        if isInert { return false }
        switch object {
        case .filteredRecords, .ownOutput: return true
        case .record(let id, let recordClass):
            return admits(.paths, id.rawValue) && recordClass.map { admits(.classes, $0.rawValue) } ?? true
        case .unnamedRecord: return admits(.paths, "") && admits(.classes, RecordClass.durable.rawValue)
        case .agent(let id): return admits(.ids, id.rawValue) && admits(.paths, id.rawValue)
        case .file(let path): return files(path)
        case .directory(let path): return root?.contains(path) ?? false
        case .host(let host): return scope[.hosts]?.contains { HostPattern($0).matches(host) } ?? false
        case .command(let words, let directory): return runsIn(directory) && commands(words)
        case .code(let directory): return runsIn(directory)
        case .room(let room): return admits(.rooms, room.rawValue)
        case .serverTool(let tool):
            if let requires = tool.requires { return contains(requires) }
            // A name with an @ could pass for another tool as it was.
            let isNamed = !tool.name.contains("@") && admits(.tools, tool.name)
            let isExact = scope[.tools]?.contains { $0.contains("@") && TextPattern($0).matches(tool.exact) } ?? false
            return admits(.servers, tool.server) && (scope[.tools] == nil || isNamed || isExact)
        }
    }

    /// Whether the grant takes in a record, whatever its class.
    public func covers(_ record: RecordID) -> Bool { covers(.record(record, nil)) }

    /// The directory of the scope.
    public var root: FilePath? { scope[.root]?.first.flatMap { FilePath($0) } }

    /// Whether a value is among those of a key; without the key every value is.
    private func admits(_ key: ScopeKey, _ value: String) -> Bool {
        scope[key]?.contains { TextPattern($0).matches(value) } ?? true
    }

    private func files(_ path: FilePath) -> Bool {
        guard let below = root?.relative(path) else { return false }
        return admits(.paths, below)
    }

    /// A program without a directory runs in an empty one.
    private func runsIn(_ directory: FilePath?) -> Bool {
        guard let directory else { return permission == .execute }
        return root?.contains(directory) ?? false
    }

    private func commands(_ words: [String]) -> Bool {
        guard let program = words.first, scope[.commands] != nil || scope[.patterns] != nil else { return false }
        let isNamed = scope[.commands]?.contains { $0.utf8.elementsEqual(program.utf8) } ?? false
        return isNamed || scope[.patterns]?.contains { CommandPattern($0).matches(words) } ?? false
    }
}

/// A program with its arguments. The words are parted by blanks, and each matches one argument; a last word `*` takes
/// in any further ones.
struct CommandPattern {
    private let words: [TextPattern]
    private let isOpen: Bool

    /// A pattern such as `systemctl status *`.
    init(_ text: String) {
        var words = text.split(separator: " ")
        isOpen = words.count > 1 && words.last == "*"
        if isOpen { words.removeLast() }
        self.words = words.map { TextPattern($0) }
    }

    /// A program with any arguments.
    init(program: String) {
        words = [TextPattern(program)]
        isOpen = true
    }

    /// Whether every command of it is of one program.
    func isOnly(_ program: String) -> Bool { words.first.map { $0.isOnly(program) } ?? false }

    /// Whether a program and its arguments are the pattern's.
    func matches(_ command: [String]) -> Bool {
        guard !words.isEmpty, isOpen ? command.count >= words.count : command.count == words.count else { return false }
        return zip(words, command).allSatisfy { $0.matches($1) }
    }

    /// Whether every command of another pattern is one of this one; some that are are not found.
    func contains(_ other: CommandPattern) -> Bool {
        guard !words.isEmpty, isOpen ? other.words.count >= words.count : other.words.count == words.count,
            isOpen || !other.isOpen
        else { return false }
        return zip(words, other.words).allSatisfy { $0.contains($1) }
    }
}

/// A host's name, or with `*.` before it all that are below it. Case is of no account.
///
/// See: RFC 4592 for what a wildcard is elsewhere; here it takes in names of any depth
struct HostPattern {
    private let name: String

    /// A pattern such as `*.example.org`. One name or address may be written in several ways.
    init(_ text: String) {
        let usual = text.contains("*") ? nil : (try? WebAddress("https://\(text)"))?.place
        name = usual ?? text.lowercased()
    }

    /// Whether a host is the pattern's. `*.example.org` is not `example.org` itself, and a lone `*` is every host.
    func matches(_ host: String) -> Bool {
        let host = host.lowercased()
        if name == "*" { return true }
        guard name.hasPrefix("*.") else { return host.utf8.elementsEqual(name.utf8) }
        let suffix = name.dropFirst()
        return host.utf8.count > suffix.utf8.count && host.hasSuffix(suffix)
    }

    /// Whether whoever has this pattern may hand the other one on. An address that is not of the internet at large is
    /// reached only by whom it was granted itself, so no pattern has it to give.
    func contains(_ other: HostPattern) -> Bool {
        if let address = try? WebAddress("https://\(other.name)"), IPAddress(address.host)?.isPublic == false {
            return name == other.name
        }
        return takesIn(other)
    }

    /// Whether every host of another pattern is one of this one.
    func takesIn(_ other: HostPattern) -> Bool {
        if name == "*" || name == other.name { return true }
        return other.name != "*" && matches(other.name)
    }
}
