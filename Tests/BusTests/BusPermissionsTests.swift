import Services
import Testing

@testable import Bus

/// One row of the policy as a question: may this name publish there, or subscribe there?
struct Permission: CustomTestStringConvertible {
    enum Action { case publish, reply, subscribe, serve(group: String) }
    var name: String
    var action: Action
    var subject: String
    var isAllowed: Bool

    init(_ name: String, _ action: Action, _ subject: String, _ isAllowed: Bool) {
        (self.name, self.action, self.subject, self.isAllowed) = (name, action, subject, isAllowed)
    }

    var testDescription: String { "\(name) \(action) \(subject): \(isAllowed)" }
}

@Suite struct BusPermissionsTests {
    @Test(arguments: [
        // Agents ask three services, in their own name.
        Permission("agent:scout", .publish, "svc.toolbox.search_records.agent:scout", true),
        Permission("agent:scout", .publish, "svc.toolbox.call.agent:scout", true),
        Permission("agent:scout", .publish, "svc.toolbox.write_deliberation.agent:scout", true),
        Permission("agent:scout", .publish, "svc.toolbox.approve.agent:scout", false),
        Permission("agent:scout", .publish, "svc.toolbox.deny.agent:scout", false),
        Permission("agent:scout", .publish, "svc.toolbox.requests.agent:scout", false),
        Permission("agent:scout", .publish, "svc.toolbox.end_turn.agent:scout", false),
        Permission("agent:scout", .publish, "svc.llm.chat.agent:scout", true),
        Permission("agent:scout", .publish, "svc.coordinator.hello.agent:scout", true),
        Permission("agent:scout", .publish, "svc.coordinator.hello.agent:scribe", false),
        Permission("agent:scout", .publish, "svc.coordinator.hello.user:ann", false),
        Permission("agent:scout", .publish, "svc.coordinator.hello.agent:scout.x", false),
        Permission("agent:scout", .publish, "svc.store.get.agent:scout", false),
        Permission("agent:scout", .publish, "svc.index.apply.agent:scout", false),
        Permission("agent:scout", .publish, "svc.eggheadd.stop.agent:scout", false),
        Permission("agent:scout", .publish, "svc.broker.children.agent:scout", false),
        // An id cannot be made to look like another name.
        Permission("agent:a.b", .publish, "svc.llm.chat.agent:a%2Eb", true),
        Permission("agent:a.b", .publish, "svc.llm.chat.agent:a.b", false),
        Permission("agent:*", .publish, "svc.llm.chat.agent:scout", false),
        Permission("agent:*", .subscribe, "agent.scout.turn", false),
        Permission("agent:>", .subscribe, "agent.>", false),
        // Agents speak in rooms only by way of the coordinator.
        Permission("agent:scout", .publish, "room.lobby.delta.agent:scout", true),
        Permission("agent:scout", .publish, "room.lobby.delta.agent:scribe", false),
        Permission("agent:scout", .publish, "room.lobby.event", false),
        Permission("agent:scout", .publish, "agent.scribe.turn", false),
        Permission("agent:scout", .publish, "records.changed", false),
        Permission("agent:scout", .publish, "sys.child.store", false),
        Permission("agent:scout", .publish, "_INBOX.coordinator.1.5", false),
        Permission("agent:scout", .publish, "_INBOX.agent:scout.3.1", false),
        // Agents hear what is meant for them.
        Permission("agent:scout", .subscribe, "agent.scout.>", true),
        Permission("agent:scout", .subscribe, "agent.scout.turn", true),
        Permission("agent:scout", .subscribe, "agent.scribe.turn", false),
        Permission("agent:scout", .subscribe, "agent.*.turn", false),
        Permission("agent:scout", .subscribe, "agent.>", false),
        Permission("agent:scout", .subscribe, ">", false),
        Permission("agent:scout", .subscribe, "room.*.event", true),
        Permission("agent:scout", .subscribe, "room.lobby.head", true),
        Permission("agent:scout", .subscribe, "room.>", false),
        Permission("agent:scout", .subscribe, "room.lobby.delta.agent:scribe", false),
        Permission("agent:scout", .subscribe, "svc.llm.chat.*", false),
        Permission("agent:scout", .serve(group: "llm"), "svc.llm.chat.*", false),
        Permission("agent:scout", .subscribe, "sys.child.>", false),
        Permission("agent:scout", .subscribe, "_INBOX.agent:scout.3.>", true),
        Permission("agent:scout", .subscribe, "_INBOX.agent:scout.2.>", false),
        Permission("agent:scout", .subscribe, "_INBOX.agent:scout.>", false),
        Permission("agent:scout", .subscribe, "_INBOX.>", false),
        Permission("agent:scout", .reply, "_INBOX.agent:scout.3.7", true),
        Permission("agent:scout", .reply, "_INBOX.coordinator.1.7", false),
        Permission("agent:scout", .reply, "room.lobby.event", false),
        // The coordinator may have an agent restarted, and nothing else done.
        Permission("coordinator", .publish, "svc.eggheadd.restart.coordinator", true),
        Permission("coordinator", .publish, "svc.eggheadd.stop.coordinator", false),
        Permission("store", .publish, "svc.eggheadd.restart.store", false),
        // It asks what was called, and calls nothing.
        Permission("coordinator", .publish, "svc.toolbox.calls_of.coordinator", true),
        Permission("coordinator", .publish, "svc.toolbox.calls_of.agent:scout", false),
        Permission("coordinator", .publish, "svc.toolbox.calls.coordinator", false),
        Permission("coordinator", .publish, "svc.toolbox.end_turn.coordinator", true),
        Permission("coordinator", .publish, "svc.toolbox.approve.coordinator", false),
        // The toolbox tells rooms what people are asked, and speaks for agents.
        Permission("toolbox", .publish, "svc.coordinator.tell.toolbox", true),
        Permission("toolbox", .publish, "svc.coordinator.progress.toolbox", true),
        Permission("toolbox", .publish, "svc.coordinator.post.toolbox", true),
        Permission("toolbox", .publish, "svc.coordinator.settled.toolbox", true),
        Permission("toolbox", .publish, "svc.coordinator.history.toolbox", true),
        Permission("toolbox", .publish, "svc.coordinator.manage.toolbox", false),
        Permission("store", .publish, "svc.coordinator.tell.store", false),
        Permission("coordinator", .publish, "svc.toolbox.call.coordinator", false),
        // People ask everybody but the index, and watch everything that is for people.
        Permission("user:ann", .publish, "svc.coordinator.post.user:ann", true),
        Permission("user:ann", .publish, "svc.eggheadd.restart.user:ann", true),
        Permission("user:ann", .publish, "svc.broker.children.user:ann", true),
        Permission("user:ann", .publish, "svc.store.create.user:ann", true),
        Permission("user:ann", .publish, "svc.llm.providers.user:ann", true),
        Permission("user:ann", .publish, "svc.toolbox.get_record.user:ann", true),
        Permission("user:ann", .publish, "svc.index.apply.user:ann", false),
        Permission("user:ann", .publish, "svc.coordinator.post.user:bob", false),
        Permission("user:ann", .publish, "svc.toolbox.get_record.agent:scout", false),
        Permission("user:ann", .publish, "room.lobby.event", false),
        Permission("user:ann", .publish, "agent.scout.turn", false),
        Permission("user:ann", .publish, "_INBOX.agent:scout.3.1", true),
        Permission("user:ann", .subscribe, "room.lobby.delta.*", true),
        Permission("user:ann", .subscribe, "room.>", true),
        Permission("user:ann", .subscribe, "records.changed", true),
        Permission("user:ann", .subscribe, "sys.child.>", true),
        Permission("user:ann", .subscribe, "_INBOX.>", true),
        Permission("user:ann", .subscribe, "_INBOX.mine.*", true),
        Permission("user:ann", .subscribe, "agent.scout.>", false),
        Permission("user:ann", .subscribe, "svc.>", false),
        Permission("user:ann", .serve(group: "store"), "svc.store.get.*", false),
        Permission("user:ann", .subscribe, ">", false),
        Permission("user:ann", .reply, "_INBOX.x", true),
        Permission("user:ann", .reply, "room.lobby.event", false),
        Permission("client:laptop", .publish, "svc.coordinator.post.client:laptop", true),
        Permission("client:laptop", .publish, "svc.coordinator.post.user:laptop", false),
        // Services ask those they depend on, and serve under their own name alone.
        Permission("store", .publish, "svc.index.apply.store", true),
        Permission("store", .publish, "svc.index.apply.toolbox", false),
        Permission("store", .publish, "svc.llm.chat.store", false),
        Permission("store", .publish, "records.changed", true),
        Permission("toolbox", .publish, "svc.index.passages.toolbox", true),
        Permission("toolbox", .publish, "svc.store.get.toolbox", true),
        Permission("toolbox", .publish, "records.changed", false),
        Permission("coordinator", .publish, "svc.store.agents.coordinator", true),
        Permission("coordinator", .publish, "svc.index.search.coordinator", false),
        Permission("coordinator", .publish, "room.lobby.event", true),
        Permission("coordinator", .publish, "room.lobby.head", true),
        Permission("coordinator", .publish, "room.lobby.delta.agent:scout", false),
        Permission("coordinator", .publish, "agent.scout.turn", true),
        Permission("llm", .publish, "svc.broker.children.llm", true),
        Permission("llm", .publish, "svc.eggheadd.list.llm", true),
        Permission("llm", .publish, "svc.eggheadd.stop.llm", false),
        Permission("llm", .publish, "room.lobby.event", false),
        Permission("llm", .publish, "_INBOX.agent:scout.3.1", true),
        Permission("index", .publish, "svc.store.get.index", false),
        Permission("index", .publish, "svc.coordinator.history.index", true),
        Permission("index", .publish, "svc.coordinator.rooms.index", true),
        Permission("index", .publish, "svc.coordinator.post.index", false),
        Permission("index", .subscribe, "room.*.event", true),
        Permission("index", .subscribe, "room.*.delta.*", false),
        Permission("index", .serve(group: "index"), "svc.index.search.*", true),
        Permission("index", .serve(group: "index"), "svc.index.>", true),
        Permission("index", .serve(group: "store"), "svc.index.search.*", false),
        Permission("index", .subscribe, "svc.index.search.*", false),
        Permission("index", .serve(group: "index"), "svc.store.get.*", false),
        Permission("index", .serve(group: "index"), "svc.>", false),
        Permission("llm", .subscribe, "sys.child.>", true),
        Permission("store", .subscribe, "room.*.event", true),
        Permission("store", .subscribe, "room.*.delta.*", false),
        Permission("store", .subscribe, "agent.>", false),
        Permission("store", .subscribe, "_INBOX.store.3.>", true),
        Permission("store", .subscribe, "_INBOX.>", false),
        Permission("store", .reply, "_INBOX.user:ann.9.1", true),
    ])
    func `each name may say and hear what is its own`(row: Permission) throws {
        let name = try #require(Principal(rawValue: row.name))
        let permissions = BusPermissions(of: name, inboxPrefix: .inboxPrefix(name, life: "3"))
        let isAllowed =
            switch row.action {
            case .publish: permissions.mayPublish(to: row.subject.utf8)
            case .reply: permissions.mayReply(to: row.subject.utf8)
            case .subscribe: permissions.maySubscribe(to: row.subject.utf8, queue: nil as [UInt8]?)
            case .serve(let group): permissions.maySubscribe(to: row.subject.utf8, queue: Array(group.utf8))
            }
        #expect(isAllowed == row.isAllowed)
    }
}
