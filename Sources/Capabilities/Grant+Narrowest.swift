import Services

extension Grant {
    /// The narrowest grant that allows something without asking anybody.
    ///
    /// - Parameter authority: By which it is allowed now.
    /// - Returns: Nil when no grant can say just that: for a program with an argument that has a blank or a star, since
    ///   a pattern would take in more.
    public init?(narrowestFor request: AccessRequest, by authority: Authority) {
        let granted = authority.grants(of: request.permission).first { $0.covers(request.object) }
        var scope: [ScopeKey: [String]] = [:]
        switch request.object {
        case .filteredRecords:
            self.init(request.permission, granted?.scope ?? [:], asks: false)
            return
        case .record(let id, _): scope[.paths] = [id.rawValue]
        case .unnamedRecord: break
        case .agent(let id): scope[.ids] = [id.rawValue]
        case .file(let path):
            guard let root = granted?.root, let below = root.relative(path) else { return nil }
            scope[.root] = [root.description]
            scope[.paths] = [below]
        case .directory(let path): scope[.root] = [path.description]
        case .host(let host): scope[.hosts] = [host]
        case .command(let words, let directory):
            guard !words.contains(where: { $0.isEmpty || $0.contains { $0 == "*" || $0.isWhitespace } }) else {
                return nil
            }
            scope[.patterns] = [words.joined(separator: " ")]
            scope[.root] = directory.map { [$0.description] }
        case .code(let directory): scope[.root] = [directory.description]
        case .room(let room): scope[.rooms] = [room.rawValue]
        }
        self.init(request.permission, scope, asks: false)
        // A star in an id or a name would stand for any text; and what no record can say is no grant.
        var found: [Grant] = []
        let isSayable = Self.read(written, into: &found).isEmpty && found == [self]
        guard isSayable, !scope.values.contains(where: { $0.contains { $0.contains("*") } }), covers(request.object)
        else { return nil }
    }
}
