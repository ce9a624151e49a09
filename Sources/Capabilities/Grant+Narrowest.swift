import Services

extension Grant {
    /// The narrowest grant that allows something without asking anybody.
    ///
    /// - Parameter authority: By which it is allowed now.
    /// - Returns: Nil when no grant can say just that: for code, which may be any; for a program with an argument that
    ///   has a blank or a star; for a record without an id; for what another agent may do.
    public init?(narrowestFor request: AccessRequest, by authority: Authority) {
        let granted = authority.grants(of: request.permission).first { $0.covers(request.object) }
        guard let granted, let scope = granted.narrowestScope(for: request.object) else { return nil }
        if request.permission == .grantAgents { return nil }
        self.init(request.permission, scope, asks: false)
        if request.object == .filteredRecords { return }
        // A star in an id or a name would stand for any text; and what no record can say is no grant.
        var found: [Grant] = []
        let isSayable = Self.read(written, into: &found).isEmpty && found == [self]
        guard isSayable, !granted.saysMore(scope), covers(request.object) else { return nil }
    }

    private func narrowestScope(for object: AccessRequest.Object) -> [ScopeKey: [String]]? {
        var scope: [ScopeKey: [String]] = [:]
        switch object {
        case .filteredRecords: return self.scope
        case .record(let id, _):
            scope[.paths] = [id.rawValue]
            scope[.classes] = self.scope[.classes]
        case .agent(let id): scope[.ids] = [id.rawValue]
        case .file(let path):
            guard let root, let below = root.relative(path) else { return nil }
            (scope[.root], scope[.paths]) = ([root.description], [below])
        case .directory(let path):
            // Names are seen from the grant's own directory.
            scope[.root] = self.scope[.paths] == nil ? [path.description] : self.scope[.root]
            scope[.paths] = self.scope[.paths]
        case .host(let host): scope[.hosts] = [host]
        case .command(let words, let directory):
            let isPlain = words.allSatisfy { !$0.isEmpty && !$0.contains { $0 == "*" || $0.isWhitespace } }
            guard isPlain else { return nil }
            scope[.patterns] = [words.joined(separator: " ")]
            scope[.root] = directory.map { [$0.description] }
        case .room(let room): scope[.rooms] = [room.rawValue]
        case .serverTool(let tool):
            guard tool.requires == nil else { return nil }
            (scope[.servers], scope[.tools]) = ([tool.server], [tool.exact])
        case .unnamedRecord, .ownOutput, .code: return nil
        }
        return scope
    }

    /// What of a grant is about something: of a file just that one, wherever its name leads by then.
    ///
    /// - Returns: Nil for a name that a grant cannot say.
    func narrowed(to object: AccessRequest.Object) -> Grant? {
        switch object {
        case .command, .code, .filteredRecords, .unnamedRecord, .ownOutput, .serverTool: return self
        case .record, .agent, .file, .directory, .host, .room:
            guard let scope = narrowestScope(for: object), !saysMore(scope) else { return nil }
            return Grant(permission, scope, asks: asks)
        }
    }

    /// Whether a name in a scope that was made of one has a star, which would stand for any text.
    private func saysMore(_ narrow: [ScopeKey: [String]]) -> Bool {
        narrow.contains { key, values in scope[key] != values && values.contains { $0.contains("*") } }
    }
}
