import Capabilities
import JSON
import Services

/// A change of an agent's record by an agent: what it may change, and what is written.
///
/// Whatever an agent may do is written as the explicit list: a short form could come to mean more by another key, or by
/// the configuration.
struct AgentEdit {
    /// The call that makes it.
    let call: AuthorizedCall
    /// What bounds every agent.
    let rules: AgentRules

    /// Why a record is not the caller's to change or delete, now that it is known to be an agent's.
    static func refusal(of call: AuthorizedCall, _ agent: AgentID) -> ToolOutcome? {
        let key = (try? call.arguments.optionalText("key")) ?? nil
        if agent == call.agent, AgentKey.isGuarded(key ?? "") {
            let denial = Delegation.objection(by: call.agent, call.authority, to: agent, nil)
            return denial.map { ToolOutcome(.denied, $0.message, denial: $0.code) }
        }
        let permission: Permission = call.tool == .deleteRecord ? .deleteAgents : .updateAgents
        if call.usable.allows(permission, on: .agent(agent)) { return nil }
        let text =
            "agent:\(call.agent) may not call \(call.tool.name) for [[\(agent)]]: it is of the class agent, and its "
            + "record does not grant \(permission) for it"
        let isAbsent = call.authority.grants(of: permission).isEmpty
        return ToolOutcome(.denied, text, denial: isAbsent ? .capabilityAbsent : .scopeViolation)
    }

    /// The keys to write.
    ///
    /// - Parameters:
    ///   - changed: Those that the caller wants to set; `null` removes one.
    ///   - fields: Those that the record has.
    func fields(
        _ changed: [String: JSONValue], of agent: AgentID, _ fields: [String: JSONValue]
    ) -> Result<[String: JSONValue], ToolRefusal> {
        if changed["class"] != nil { return .failure(.invalid("\(call.tool.name): an agent stays one")) }
        let keys = changed.keys.compactMap { AgentKey(rawValue: $0) }, guarded = keys.filter(\.isGuarded)
        var explicit = changed
        for key in keys { explicit[key.rawValue] = changed[key.rawValue].map { Self.value($0, of: key) } }
        if guarded.isEmpty { return .success(explicit) }
        do throws(ServiceFailure) {
            let given = guarded.allSatisfy(\.isAboutMeans) ? nil : try authority(in: fields.merging(explicit) { $1 })
            if let denial = Delegation.objection(by: call.agent, call.authority, to: agent, given, using: call.usable) {
                return .failure(.denied(denial))
            }
            if let given, guarded.contains(where: \.isAboutGrants) {
                explicit["capabilities"] = .array(given.grants.map(\.written))
                if fields["access"] != nil || changed["access"] != nil { explicit["access"] = .null }
            }
            return .success(explicit)
        } catch {
            return .failure(.invalid("\(call.tool.name): \(error.message)"))
        }
    }

    /// A value as a model writes it in a text: JSON, or a list with commas.
    private static func value(_ value: JSONValue, of key: AgentKey) -> JSONValue {
        guard let text = value.string else { return value }
        if key.isScalar { return (try? JSON.decode(JSONValue.self, from: Array(text.utf8))) ?? value }
        guard key.isList else { return value }
        if let first = text.first, "[{".contains(first) {
            return (try? JSON.decode(JSONValue.self, from: Array(text.utf8))) ?? value
        }
        return .array(text.split(separator: ",").map { .string(String($0.trimmingBlanks)) })
    }

    /// What an agent with these keys may do.
    ///
    /// - Throws: `invalid`, in words for the model. What a person's record would only be warned of is refused here.
    private func authority(in fields: [String: JSONValue]) throws(ServiceFailure) -> Authority {
        var grants: [Grant]?
        if let items = fields["capabilities"]?.items {
            var found: [Grant] = []
            if let problem = items.flatMap({ Grant.read($0, into: &found) }).first {
                throw Self.invalid("capabilities", problem)
            }
            grants = found
        }
        if let access = fields["access"], access != .null {
            guard grants == nil || fields["capabilities"] == nil,
                let word = access.scalarText.flatMap({ AgentAccess(rawValue: $0) })
            else { throw Self.invalid("access", "is none, read or write, and stands without capabilities") }
            grants = word.grants(hasSandbox: fields["sandbox"].map { $0 != .null } ?? false)
        }
        let sandbox = try text("sandbox", in: fields) { FilePath($0)?.description }
        let permissions = try texts("ask", in: fields)?.map { name throws(ServiceFailure) in
            guard let permission = Permission(rawValue: name) else {
                throw Self.invalid("ask", "has the unknown \(name)")
            }
            return permission
        }
        let timeout = try text("ask_timeout", in: fields) { Duration(span: $0).map { Int($0.components.seconds) } }
        return rules.authority(
            grants, sandbox: sandbox, ask: permissions, approvers: try texts("approvers", in: fields),
            timeoutSeconds: timeout)
    }

    private func text<Value>(
        _ key: String, in fields: [String: JSONValue], _ read: (String) -> Value?
    ) throws(ServiceFailure) -> Value? {
        guard let value = fields[key], value != .null else { return nil }
        guard let found = value.scalarText.flatMap(read) else { throw Self.invalid(key, "is not understood") }
        return found
    }

    private func texts(_ key: String, in fields: [String: JSONValue]) throws(ServiceFailure) -> [String]? {
        guard let items = fields[key]?.items else { return nil }
        let texts = items.compactMap(\.scalarText)
        if texts.count != items.count { throw Self.invalid(key, "is not a list of names") }
        return texts
    }

    private static func invalid(_ key: String, _ problem: String) -> ServiceFailure {
        ServiceFailure(.invalid, "\(key) \(problem)")
    }
}

extension AgentKey {
    /// Whether it says with what an agent works, and not what it may do.
    fileprivate var isAboutMeans: Bool { [.limits, .budget, .provider, .model, .models].contains(self) }

    /// Whether what it says is part of the list of grants.
    fileprivate var isAboutGrants: Bool { [.capabilities, .access, .sandbox].contains(self) }

    fileprivate var isList: Bool { [.capabilities, .ask, .approvers, .models].contains(self) }

    /// Whether its value is no text.
    fileprivate var isScalar: Bool {
        [.quiet, .temperature, .maxTokens, .contextThreshold, .contextWindow, .limits].contains(self)
    }
}

extension JSONValue {
    /// The items of a list; a value that is none is a list of one, and nothing is no list.
    fileprivate var items: [JSONValue]? {
        switch self {
        case .null: nil
        case .array(let items): items
        case _: [self]
        }
    }
}
