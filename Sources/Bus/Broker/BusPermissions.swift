import Services

/// What one connection may publish and subscribe to: the access policy of the bus, one entry for each kind of name.
///
/// In the patterns `NAME` stands for the connection's own name as a token, `ID` for its id, `INBOX` for its inbox
/// prefix. A subscription is allowed if one pattern of the table matches every subject that it matches.
public struct BusPermissions: Sendable {
    private let publish: [[UInt8]]
    private let replyTo: [[UInt8]]
    private let subscribe: [[UInt8]]
    private let serve: [[UInt8]]
    private let group: [UInt8]
    /// Whether it may join queue groups of any name.
    private let mayShare: Bool
    /// Whether it may publish to the reply subject of each request that it received, once, and to no other inbox.
    public let answersOnce: Bool

    private struct Entry {
        /// The subjects to which it may publish.
        var publish: [String]
        /// The reply subjects that its messages may name.
        var replyTo: [String]
        /// The patterns to which it may subscribe.
        var subscribe: [String]
        /// The patterns to which it may subscribe only in the queue group of its own name.
        var serve: [String] = []
        var answersOnce = false
    }

    private static func entry(for kind: Principal.Kind) -> Entry {
        switch kind {
        case .agent:
            // What people alone ask of the toolbox, above all their yes, does not even get there.
            Entry(
                publish: [
                    "room.*.delta.NAME", "svc.toolbox.call.NAME", "svc.toolbox.calls.NAME", "svc.toolbox.menu.NAME",
                    "svc.toolbox.search_records.NAME", "svc.toolbox.read_deliberation.NAME",
                    "svc.toolbox.write_deliberation.NAME", "svc.llm.*.NAME", "svc.coordinator.*.NAME",
                ],
                replyTo: ["INBOX.>"],
                subscribe: ["room.*.event", "room.*.head", "agent.ID.>", "INBOX.>"],
                answersOnce: true)
        case .user, .client:
            Entry(
                publish: [
                    "svc.broker.*.NAME", "svc.coordinator.*.NAME", "svc.eggheadd.*.NAME", "svc.llm.*.NAME",
                    "svc.store.*.NAME", "svc.toolbox.*.NAME", "_INBOX.>",
                ],
                replyTo: ["_INBOX.>"],
                subscribe: ["room.>", "records.changed", "sys.child.>", "_INBOX.>"])
        case .server:
            // Somebody else's program stands behind it: the toolbox asks it, and it tells the toolbox.
            Entry(
                publish: ["svc.toolbox.server.NAME"], replyTo: ["INBOX.>"],
                subscribe: ["mcp.ID.>", "sys.child.toolbox", "INBOX.>"], answersOnce: true)
        case .service(let service):
            Entry(
                publish: asked(by: service) + said(by: service)
                    + ["svc.broker.children.NAME", "svc.eggheadd.list.NAME", "_INBOX.>"],
                replyTo: ["_INBOX.>"],  // a service that passes a request on names the asker's inbox
                subscribe: ["room.*.event", "room.*.head", "records.changed", "sys.child.>", "INBOX.>"],
                serve: ["svc.\(service.rawValue).>"])
        }
    }

    /// The services that a service asks.
    private static func asked(by service: ServiceName) -> [String] {
        switch service {
        case .coordinator:
            // eggheadd lets it restart agents alone; of the toolbox it asks what a turn that failed has called, and has
            // it stop what a turn that has ended calls.
            [
                "svc.store.*.NAME", "svc.eggheadd.restart.NAME", "svc.toolbox.calls_of.NAME",
                "svc.toolbox.end_turn.NAME",
            ]
        case .toolbox:
            // It speaks for agents and reads what they are answered. It tells the room of a turn what people are asked,
            // and that the turn gets on.
            [
                "svc.index.*.NAME", "svc.store.*.NAME", "svc.coordinator.post.NAME", "svc.coordinator.settled.NAME",
                "svc.coordinator.history.NAME", "svc.coordinator.tell.NAME", "svc.coordinator.progress.NAME",
            ]
        case .store: ["svc.index.*.NAME"]
        case .index: ["svc.coordinator.history.NAME", "svc.coordinator.rooms.NAME"]  // what was said
        case .broker, .eggheadd, .llm: []
        }
    }

    /// The subjects, besides those of services, to which a service publishes.
    private static func said(by service: ServiceName) -> [String] {
        switch service {
        case .coordinator: ["room.*.event", "room.*.head", "agent.*.>"]
        case .store: ["records.changed"]
        case .toolbox: ["mcp.*.>"]
        case .broker, .eggheadd, .index, .llm: []
        }
    }

    /// The permissions of one connection.
    ///
    /// - Parameters:
    ///   - inboxPrefix: The subject that begins its inboxes.
    public init(of name: Principal, inboxPrefix: Subject) {
        let entry = Self.entry(for: name.kind)
        func patterns(_ templates: [String]) -> [[UInt8]] {
            templates.map { Array(Self.pattern($0, name, inboxPrefix).description.utf8) }
        }
        publish = patterns(entry.publish)
        replyTo = patterns(entry.replyTo)
        subscribe = patterns(entry.subscribe)
        serve = patterns(entry.serve)
        answersOnce = entry.answersOnce
        group = Array(name.token.utf8)
        mayShare = name.isPerson
    }

    private static func pattern(_ template: String, _ name: Principal, _ inboxPrefix: Subject) -> SubjectPattern {
        let tokens = template.split(separator: ".").map { token in
            switch token {
            case "NAME": name.token
            case "ID": Subject.encode(name.name)
            case "INBOX": inboxPrefix.description
            case _: String(token)
            }
        }
        return SubjectPattern(stringLiteral: tokens.joined(separator: "."))
    }

    /// Whether the table lets it publish to a subject. Remembered reply subjects are not in the table.
    public func mayPublish(to subject: some Collection<UInt8>) -> Bool { Self.anyOf(publish, covers: subject) }

    /// Whether its messages may name a reply subject.
    public func mayReply(to subject: some Collection<UInt8>) -> Bool { Self.anyOf(replyTo, covers: subject) }

    /// Whether it may subscribe to a pattern, in a queue group or alone.
    public func maySubscribe(to pattern: some Collection<UInt8>, queue: (some Collection<UInt8>)?) -> Bool {
        // In the queue group of another name an agent would take messages away from that name.
        if queue == nil || mayShare, Self.anyOf(subscribe, covers: pattern) { return true }
        guard let queue, queue.elementsEqual(group) else { return false }
        return Self.anyOf(serve, covers: pattern)
    }

    private static func anyOf(_ patterns: [[UInt8]], covers text: some Collection<UInt8>) -> Bool {
        patterns.contains { $0.withUnsafeBytes { SubjectSyntax.covers($0, text) } }
    }
}
