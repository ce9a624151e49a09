import Services

extension NodeConfiguration {
    /// Reads `ask`, `approvers` and `ask_timeout`.
    static func asking(_ top: YAMLMapping) -> AskingRules {
        var rules = AskingRules()
        rules.permissions = (top["ask"]?.list() ?? []).compactMap { node in
            guard let name = node.text() else { return nil }
            if let permission = Permission(rawValue: name) { return permission }
            node.report("there is no permission \(name)" + hint(for: name))
            return nil
        }
        rules.approvers = top["approvers"]?.list().compactMap { $0.text() }
        if let node = top["ask_timeout"], let timeout = node.duration() {
            rules.timeoutSeconds = Int(timeout.components.seconds)
            if !AskingRules.timeoutRange.contains(rules.timeoutSeconds) { node.report("10s to 168h are wanted") }
        }
        return rules
    }

    private static func hint(for name: String) -> String {
        let known = Permission.allCases.map(\.rawValue), hint = NearestName.hint(for: name, among: known)
        return hint.isEmpty ? "; known are \(known.joined(separator: ", "))" : hint
    }
}
