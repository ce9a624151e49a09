import Services

/// The records that deliberations are.
enum DeliberationRecords {
    /// The records looked at for one of the caller's own: some are older parts, and another agent's folder may have the
    /// same name.
    private static let listedMax = 200

    /// Why a part cannot be written; nil when it can.
    static func refusal(of request: Toolbox.WriteDeliberation.Request) -> ServiceFailure? {
        if (1...max(1, request.parts)).contains(request.part) { return nil }
        let reason = "write_deliberation: part \(request.part) of \(request.parts) in room \(request.room)"
        return ServiceFailure(.invalid, reason + ": there is no such part")
    }

    /// What the store is asked for a part of a deliberation. The caller chooses the words, the toolbox everything that
    /// says whose they are.
    ///
    /// - Precondition: The part is one of the parts.
    static func creation(
        _ request: Toolbox.WriteDeliberation.Request, of agent: AgentID, as name: DeliberationNames.Name
    ) -> Store.Create.Request {
        var fields = request.fields
        fields["id"] = nil
        fields["class"] = .string(RecordClass.deliberation.rawValue)
        fields["author"] = .string("\(Principal.agent(agent))")
        fields["created"] = .string(name.created)
        if request.parts > 1 {
            fields["part"] = .integer(request.part)
            fields["parts"] = .integer(request.parts)
        }
        let isLast = request.part == request.parts
        return Store.Create.Request(
            request: agent.requestID("\(request.request)/\(request.part)"),
            id: isLast ? name.id : RecordID("\(name.id)/\(request.part)"), fields: fields, body: request.body)
    }

    /// What the store is asked for the deliberations of an agent in a room, newest first.
    static func list(of agent: AgentID, in room: RoomName) -> Store.List.Request {
        Store.List.Request(
            recordClass: .deliberation, prefix: DeliberationNames.prefix(of: agent, in: room), descending: true,
            limit: listedMax)
    }

    /// The newest deliberation is the newest last part: one that was never written to its end counts for nothing.
    ///
    /// - Parameter records: What the store has listed.
    static func newest(of agent: AgentID, in room: RoomName, among records: [RecordSummary]) -> RecordSummary? {
        let prefix = DeliberationNames.prefix(of: agent, in: room)
        return records.first { record in
            record.author == "\(Principal.agent(agent))"
                && !record.id.rawValue.dropFirst(prefix.count).contains("/")
        }
    }
}
