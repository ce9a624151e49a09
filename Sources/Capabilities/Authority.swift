import Services

/// What an agent may do: what its record grants, brought into the bounds that the configuration and the record set.
///
/// The directory in which an agent may have files or run programs narrows from the configuration to the record to the
/// grant, and never widens:
///
/// ```
/// config.yml  sandbox: /srv        every `in` must be in it, and the record's `sandbox`
/// record      sandbox: /srv/app    every `in` must be in it; the `in` of grants that have none
/// grant       in: logs             /srv/app/logs
/// ```
public struct Authority: Hashable, Sendable {
    /// The grants that can allow something. Each `in` is an absolute path.
    public private(set) var grants: [Grant] = []
    /// Those that allow nothing.
    public private(set) var inert: [InertGrant] = []
    /// Whether the record says nothing, and the grants are those of `unsaid`.
    public let isUnsaid: Bool
    /// For what a person is asked first, unless the grant says otherwise, and whose answer counts.
    public let asking: AskingRules

    /// What a record grants that says nothing of it.
    ///
    /// It changes nothing that exists: an agent that could delete notes unasked would be trusted with them unasked.
    public static let unsaid = [Permission.searchRecords, .readRecords, .createRecords].map { Grant($0) }

    /// The authority of a record.
    ///
    /// - Parameters:
    ///   - capabilities: What the record grants; nil when it says nothing of it.
    ///   - sandbox: The directory that the record names.
    ///   - bound: The directory that the configuration names.
    ///   - asking: For what a person is asked first, by the record and the configuration.
    public init(
        capabilities: [Grant]?, sandbox: FilePath? = nil, within bound: FilePath? = nil,
        asking: AskingRules = AskingRules()
    ) {
        isUnsaid = capabilities == nil
        self.asking = asking
        for grant in capabilities ?? Self.unsaid {
            switch Self.effective(grant, sandbox, bound) {
            case .success(let grant): if !grants.contains(grant) { grants.append(grant) }
            case .failure(let problem): inert.append(InertGrant(grant: grant, reason: problem.reason))
            }
        }
    }

    /// The grants of a permission.
    public func grants(of permission: Permission) -> [Grant] { grants.filter { $0.permission == permission } }

    /// The one directory of all grants of a permission, in which relative paths begin; nil when there are several. An
    /// agent without a grant has no file, wherever a path begins.
    public func directory(of permission: Permission) -> FilePath? {
        // What a person has added for one call does not move where the others begin.
        let all = grants(of: permission), usual = all.filter { $0.asks != false }
        let roots = Set((usual.isEmpty ? all : usual).map(\.root))
        if roots.isEmpty { return .root }
        return roots.count == 1 ? roots.first ?? nil : nil
    }

    /// Whether some grant of a permission takes in what it is used on.
    public func allows(_ permission: Permission, on object: AccessRequest.Object) -> Bool {
        grants.contains { $0.permission == permission && $0.covers(object) }
    }

    /// The grants by which something is allowed without asking anybody.
    public var free: [Grant] { grants.filter { !($0.asks ?? asking.permissions.contains($0.permission)) } }

    /// Whether a person may be asked for some use of a permission.
    public func mayAsk(for permission: Permission) -> Bool {
        grants(of: permission) != free.filter { $0.permission == permission }
    }

    /// Whether a person is to be asked before something that is allowed is done: when no grant that takes it in does
    /// without. Of what is not wholly known yet a part may be what only grants take in that ask.
    public func asks(_ request: AccessRequest) -> Bool {
        if request.object == .ownOutput { return false }  // who has said yes to a call has said yes to what it tells
        // Whatever a server's tool requires, it is a tool of a server.
        if case .serverTool = request.object, asking.permissions.contains(.callServers),
            request.permission != .callServers
        {
            return true
        }
        let covering = grants.filter { $0.permission == request.permission && $0.covers(request.object) }
        let free = free.filter(covering.contains)
        if free.isEmpty { return true }
        let about = covering.map { $0.narrowed(to: request.object) ?? $0 }
        return request.object.isPartlyKnown && !free.contain(about)
    }

    /// What may be used for a call: what is allowed without asking, and what a person has approved, no more of it than
    /// the person was told.
    public func using(approved requests: [AccessRequest]) -> Authority {
        var limited = self
        limited.grants = free
        for request in requests {
            let covering = grants(of: request.permission).filter { $0.covers(request.object) }
            for grant in covering.compactMap({ $0.narrowed(to: request.object) }) where !limited.grants.contains(grant)
            {
                limited.grants.append(grant)
            }
        }
        return limited
    }

    /// Whether everything in a directory may be written.
    public func writesAll(in directory: FilePath) -> Bool {
        grants(of: .writeFiles).contains { $0.scope[.paths] == nil && $0.root?.contains(directory) == true }
    }

    private struct Problem: Error {
        let reason: String
    }

    private static func effective(
        _ grant: Grant, _ sandbox: FilePath?, _ bound: FilePath?
    ) -> Result<Grant, Problem> {
        guard grant.permission.scopeKeys.contains(.root) else {
            let (what, example) = grant.permission == .callServers ? ("server", "SERVER") : ("host", "HOST")
            return grant.isInert
                ? .failure(Problem(reason: "names no \(what); write \(grant.permission):\(example)"))
                : .success(grant)
        }
        if grant.permission == .execute, grant.scope[.commands] == nil, grant.scope[.patterns] == nil {
            return .failure(Problem(reason: "names no program; write \(grant.permission):PROGRAM"))
        }
        var scope = grant.scope
        let written = grant.scope[.root]?.first
        guard let root = written.map({ FilePath($0, in: sandbox ?? bound) }) ?? sandbox else {
            if written == nil, grant.permission == .execute { return .success(grant) }
            let reason = written.map { "\($0) is relative, and neither record nor configuration has a sandbox" }
            return .failure(Problem(reason: reason ?? "names no directory; write \(grant.permission):/DIRECTORY"))
        }
        for outer in [sandbox, bound].compactMap(\.self) where !outer.contains(root) {
            return .failure(Problem(reason: "\(root) is not in the sandbox \(outer)"))
        }
        if let sandbox, let bound, !bound.contains(sandbox) {
            return .failure(Problem(reason: "the record's sandbox \(sandbox) is not in the configuration's, \(bound)"))
        }
        scope[.root] = [root.description]
        return .success(Grant(grant.permission, scope, asks: grant.asks))
    }
}
