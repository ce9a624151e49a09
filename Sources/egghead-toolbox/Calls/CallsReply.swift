import Services

extension Toolbox.Calls.Reply {
    /// The longest answer, in bytes before JSON's escapes.
    private static let bytesMax = 400_000

    /// Calls as they fit one message of the bus: of many long ones each is told as far as its share goes.
    init(fitting calls: [MadeToolCall]) {
        let share = Self.bytesMax / max(1, calls.count) / 2
        self.init(
            calls: calls.map { made in
                var made = made
                if made.call.arguments.utf8.count > share { made.call.arguments = #"{"shortened":true}"# }
                made.outcome?.shorten(to: share)
                return made
            })
    }
}

extension Toolbox.CallsOf {
    /// Why somebody is not told of an agent's calls. Agents are told of their own, by `calls`.
    static func refusal(of caller: Principal) -> ServiceFailure? {
        if caller == .coordinator { return nil }
        return ServiceFailure(.denied, "calls_of: \(caller) is not the coordinator; only the coordinator asks")
    }
}
