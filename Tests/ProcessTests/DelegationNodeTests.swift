import LinuxSystem
import Services
import Testing

/// An agent that makes agents, in a whole node: what it gives is on the disk as a list, and never more than it has.
@Suite(.serialized) struct DelegationNodeTests {
    private static func ask(_ calls: String...) -> String { "please fake:tools\n" + calls.joined(separator: "\n") }

    private func text(_ node: TestNode, _ record: String) -> String {
        String(decoding: (try? Files.read("\(node.home)/records/\(record).md", limit: 10_000)) ?? [], as: UTF8.self)
    }

    @Test func `an agent makes and changes others within what it may do, and not itself`() throws {
        let grants = "[agent.create:team/*, agent.update, agent.grant:team/*, 'records.read:open/*']"
        let node = try TestNode(records: [
            "boss.md": "---\nclass: agent\ncapabilities: \(grants)\n---\nYou are Boss.\n",
            "open/a.md": "# A\n", "helper.md": "---\nclass: agent\nquiet: true\n---\nYou help.\n",
        ])
        try node.start()
        func make(_ id: String, _ keys: String) -> String {
            #"tool: create_record {"id":"\#(id)","class":"agent","title":"A","body":"You are A.","keys":\#(keys)}"#
        }
        let said = try node.egghead(
            "chat",
            "@boss "
                + Self.ask(
                    make("team/a", #"{"capabilities":["records.read:open/x"],"quiet":true}"#), make("team/b", "{}"),
                    make("team/c", #"{"capabilities":["records.read"]}"#), make("other", "{}"),
                    #"tool: update_record {"id":"boss","key":"capabilities","value":"records.read"}"#,
                    #"tool: update_record {"id":"helper","key":"quiet","value":"false"}"#,
                    #"tool: update_record {"id":"helper","key":"temperature","value":"hot"}"#,
                    #"tool: update_record {"id":"helper","key":"budget","value":"9k"}"#,
                    #"tool: update_record {"id":"helper","old":"help","new":"do not help"}"#), "--wait"
        ).output
        for words in [
            "Created [[team/a]].", "Created [[team/b]].", "it may not do records.read itself",
            "(denied) agent:boss may not call create_record for agent:other",
            "agent:boss may not set what agent:boss may do: it is itself", "Changed [[helper]].",
            "temperature is not a number from 0.0 to 2.0",
            "agent:boss may not set what agent:helper may do: its record's `capabilities` do not grant agent.grant",
        ] { #expect(said.contains(words), "\(words): \(said)") }
        // What only whoever does it can see is told in the room, too.
        let told = try node.history().filter { $0.type == .action && $0.from == "agent:boss" }.map(\.text)
        for code in ["exceeds_grantor_authority", "scope_violation", "self_modification"] {
            #expect(told.contains { $0.hasPrefix("was denied ") && $0.hasSuffix("(\(code))") }, "\(code): \(told)")
        }
        #expect(text(node, "team/a").contains("records.read:open/x") && text(node, "team/a").contains("quiet: true"))
        #expect(text(node, "team/b").contains("capabilities: []"), "\(text(node, "team/b"))")
        #expect(text(node, "team/c").isEmpty && text(node, "other").isEmpty)
        #expect(text(node, "helper").contains("quiet: false") && text(node, "helper").contains("You do not help."))
        #expect(!text(node, "helper").contains("budget") && text(node, "boss").contains("agent.grant:team/*"))
    }

    @Test func `people grant and revoke, and see what the agent may do then`() throws {
        let node = try TestNode(records: ["scout.md": "---\nclass: agent\n---\nYou are Scout.\n"])
        try node.start()
        let granted = try node.egghead("agents", "grant", "scout", "fs.read:/var/log", #"{"proc.exec":{"cmds":"df"}}"#)
        #expect(granted.status == 0 && granted.output.contains("fs.read:/var/log"), "\(granted)")
        #expect(granted.output.contains("proc.exec:df") && granted.output.contains("records.create"))
        let revoked = try node.egghead("agents", "revoke", "scout", "records.create", "proc.exec")
        #expect(revoked.status == 0 && !revoked.output.contains("records.create"), "\(revoked)")
        #expect(!revoked.output.contains("proc.exec") && text(node, "scout").contains("fs.read:/var/log"))
        for (arguments, words) in [
            (["grant", "scout", "fs.red:/x"], "did you mean fs.read?"), (["grant", "scout", "{"], "is no JSON"),
            (["revoke", "scout", "proc.exec"], "its record has no proc.exec"),
            (["grant", "nobody", "fs.read:/x"], "nobody"),
        ] {
            let refused = try node.begin(["agents"] + arguments).wait()
            #expect(refused.status != 0 && refused.errors.contains(words), "\(refused)")
        }
    }
}
