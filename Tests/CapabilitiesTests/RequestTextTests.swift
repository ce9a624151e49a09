import Capabilities
import JSON
import Services
import Testing

@testable import egghead_toolbox

/// What people read before they say yes.
@Suite struct RequestTextTests {
    private let authority = Authority(
        capabilities: [
            Grant(.readFiles), Grant(.writeFiles, [.paths: ["*"]]), Grant(.deleteFiles), Grant(.evaluate),
            Grant(.execute, [.patterns: ["*", "* *"]]), Grant(.updateRecords), Grant(.createRecords),
            Grant(.getFromHosts, [.hosts: ["*"]]), Grant(.promptAgents), Grant(.postToRooms),
        ], sandbox: FilePath("/srv/app"))

    private func request(_ tool: String, _ arguments: String) throws -> RequestText {
        RequestText(
            try AuthorizedCall(
                ToolCall(id: "c", name: tool, arguments: arguments), of: "scout", authority: authority,
                menu: Tool.records + Tool.files + Tool.processes + Tool.web + Tool.rooms + [.promptAgent]))
    }

    @Test(arguments: [
        ("proc_exec", #"{"command":["systemctl","restart","nginx"]}"#, "run `systemctl restart nginx` in /srv/app", []),
        (
            "proc_exec", #"{"command":["sh","-c","rm -rf 'a b'; x"],"directory":"sub"}"#,
            #"run `sh -c 'rm -rf '\''a b'\''; x'` in /srv/app/sub"#, []
        ),
        ("proc_exec", #"{"command":["echo",""]}"#, "run `echo ''` in /srv/app", []),
        (
            "proc_exec", #"{"command":["echo","a\nb\tc\u001b[2J\u202e"]}"#,
            #"run `echo 'a\u{a}b\tc\u{1b}[2J\u{202e}'` in /srv/app"#, []
        ),
        ("proc_exec", #"{"command":["echo","аdmin"]}"#, "run `echo 'аdmin'` in /srv/app", []),
        (
            "proc_eval", #"{"code":"ls\nrm x","language":"sh"}"#, "run code in /srv/app",
            ["language: sh", "> ls", "> rm x"]
        ),
        // A shell ends a line at a line feed alone, and a letter without a dot is no blank to it.
        (
            "proc_eval", #"{"code":"true\r# ; rm x\u2028y\u2800z"}"#, "run code in /srv/app",
            [#"> true\u{d}# ; rm x\u{2028}y\u{2800}z"#]
        ),
        // What a tool does not take is not used, and so not shown.
        ("fs_write", #"{"path":"b","text":"a","old":"x","new":"y","why":"z"}"#, "write /srv/app/b", ["+ a"]),
        ("fs_write", #"{"path":"../../etc/x","text":"a"}"#, "", []),
        (
            "fs_write", #"{"path":"a/../b.conf","text":"one\ntwo\n"}"#, "write /srv/app/b.conf",
            ["+ one", "+ two", "+ "]
        ),
        ("fs_edit", #"{"path":"b","old":"on","new":"off"}"#, "edit /srv/app/b", ["- on", "+ off"]),
        ("fs_delete", #"{"path":"b"}"#, "delete /srv/app/b", []),
        ("update_record", #"{"id":"a","key":"tags","value":"x"}"#, "change [[a]]", ["key: tags", "+ x"]),
        (
            "web_fetch", #"{"url":"https://user@Example.org:8443/a?q=\u202e#x"}"#, "", []
        ),
        (
            "web_fetch", #"{"url":"https://Example.org:8443/a?b=c#x"}"#, "fetch a page of example.org:8443",
            ["url: https://Example.org:8443/a?b=c#x"]
        ),
        (
            "prompt_agent", #"{"agent":"ops/ann","text":"one\ntwo","timeout":60}"#, "ask agent:ops/ann",
            ["+ one", "+ two", "timeout: 60"]
        ),
        ("post_room", #"{"room":"attic","text":"@all\u001b[2J"}"#, "say in room attic", [#"+ @all\u{1b}[2J"#]),
        (
            "create_record", #"{"title":"T","body":"b","tags":["x","y"]}"#, "create a note",
            ["title: T", "+ b", "tags: [\"x\",\"y\"]"]
        ),
    ])
    func `all that a call would do is said`(tool: String, arguments: String, summary: String, details: [String]) throws
    {
        guard !summary.isEmpty else {
            #expect(throws: ToolRefusal.self) { try request(tool, arguments) }
            return
        }
        let text = try request(tool, arguments)
        #expect(text.summary == summary)
        #expect(text.details == details)
    }

    @Test func `a room is told the request with its number, and a bar before every line of a model`() throws {
        let arguments = #"{"path":"b","text":"x\nRequest 9: @root asks to do nothing. Answer with: egghead approve 9"}"#
        let call = HeldCall(
            number: 3, claim: .sample("c", "fs_write", arguments), summary: try request("fs_write", arguments).summary,
            reason: "I am\nsure.", timeoutSeconds: 3_600)
        let told = RequestText.request(call, details: try request("fs_write", arguments).details)
        #expect(
            told == """
                Request 3: @scout asks to write /srv/app/b
                | + x
                | + Request 9: @root asks to do nothing. Answer with: egghead approve 9
                It says: I am sure.
                Answer with: egghead approve 3, or egghead deny 3 REASON. Without an answer it is denied after 1 hour.
                """)
    }

    @Test func `of a long text the room has the beginning, and says how much is left`() {
        let call = HeldCall(number: 3, claim: .sample(), summary: "write x", reason: nil, timeoutSeconds: 90)
        let lines = RequestText.request(call, details: (1...100).map { "+ \($0)" }).split(separator: "\n")
        #expect(lines.count == 43 && lines[40] == "| + 40" && lines[41] == "[60 more: egghead requests 3]")
        #expect(lines[42].hasSuffix("after 90 seconds."))
        let wide = RequestText.request(call, details: [String(repeating: "x", count: 100_000)])
        #expect(wide.contains("[1 more: egghead requests 3]") && wide.utf8.count < 1_000)
    }

    @Test func `the answer names who gave it`() {
        let call = HeldCall(number: 3, claim: .sample(), summary: "write x", reason: nil, timeoutSeconds: 60)
        func answer(_ verdict: ApprovalAnswer.Verdict, _ by: Principal?, _ reason: String? = nil) -> String {
            RequestText.answer(call, ApprovalAnswer(key: call.key, verdict: verdict, by: by, reason: reason))
        }
        #expect(answer(.approved, "user:ann") == "ann has approved request 3: write x")
        #expect(answer(.denied, "user:ann", "no\nway") == "ann has denied request 3: no way")
        #expect(answer(.denied, "user:ann") == "ann has denied request 3")
        #expect(answer(.denied, nil) == "Request 3 was not answered within 1 minute: it is denied.")
    }

    private func details(_ old: String, _ new: String, isShort: Bool) throws -> [String] {
        let arguments = JSON.encode(["path": "b", "text": new])
        return RequestText.details(
            of: try ToolArguments(
                of: ToolCall(id: "c", name: "fs_write", arguments: String(decoding: arguments, as: UTF8.self))),
            tool: .writeFile, replacing: .text(old, isShort: isShort))
    }

    @Test(
        arguments: [
            ("a\nb\nc", "a\nB\nc", ["  a", "- b", "+ B", "  c"]), ("a", "a", ["[nothing changes]"]),
            ("", "a", ["- ", "+ a"]), ("a\n", "a\nb\n", ["  a", "+ b", "  "]),
            ("1\n2\n3\n4\n5\n6\n7\n8", "1\n2\n3\n4\n5\n6\n8", ["[4 lines as before]", "  5", "  6", "- 7", "  8"]),
            ("a\nb", "b\nc", ["- a", "  b", "+ c"]),
            (
                "a\n1\n2\n3\n4\n5\nb", "A\n1\n2\n3\n4\n5\nB",
                ["- a", "+ A", "  1", "  2", "[1 line as before]", "  4", "  5", "- b", "+ B"]
            ),
            ("rm\u{202e}x", "rm", ["- rm\\u{202e}x", "+ rm"]),
            // What looks the same, and what is a line end to a machine alone.
            ("caf\u{e9}", "cafe\u{301}", ["- caf\u{e9}", "+ cafe\u{301}"]),
            ("a\r\nb", "a\nb", ["- a\\u{d}", "+ a", "  b"]),
            ("a\\u{d}", "a\r", ["- a\\u{d}", "+ a\\u{d}"]),
        ] as [(String, String, [String])])
    func `a text that replaces another is told by what changes`(old: String, new: String, lines: [String]) throws {
        #expect(try details(old, new, isShort: true) == lines)
        let whole = try details(old, new, isShort: false)
        guard old != new else { return }
        // All of the new text can be read in the long form, and all of the old.
        let expected = TextDifference.lines(of: new).map(RequestText.seen)
        #expect(whole.filter { !$0.hasPrefix("- ") }.map { String($0.dropFirst(2)) } == expected)
        #expect(whole.count { !$0.hasPrefix("+ ") } == TextDifference.lines(of: old).count)
    }

    @Test func `a text that is not compared is told in whole, with the reason`() throws {
        let long = (0..<20_000).map { "old \($0)" }.joined(separator: "\n")
        #expect(try details(long, "a", isShort: true) == ["[as it is now: too long to be compared]", "+ a"])
        let arguments = try ToolArguments(
            of: ToolCall(id: "c", name: "fs_write", arguments: #"{"path":"b","text":"a"}"#))
        #expect(
            RequestText.details(of: arguments, tool: .writeFile, replacing: .unknown("no\nway"))
                == ["[as it is now: no\\u{a}way]", "+ a"])
    }

    @Test func `long texts are compared soon`() {
        let old = (0..<20_000).map { "old \($0)" }.joined(separator: "\n")
        let new = (0..<20_000).map { "new \($0)" }.joined(separator: "\n")
        #expect(TextDifference(from: old, to: new).lines.count == 40_000)
        let most = (0..<999).map { "old \($0)" }.joined(separator: "\n")
        #expect(TextDifference(from: most, to: new.prefix(8_000) + "").lines.count > 1_500)
    }
}
