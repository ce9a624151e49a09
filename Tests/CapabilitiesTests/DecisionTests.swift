import Capabilities
import JSON
import Services
import Testing

/// What is allowed and what is not: a table of decisions, each of what a record says, a request and the verdict.
@Suite struct DecisionTests {
    /// Lines of what a record says and of requests of it. A request is a permission and an object; those after `yes`
    /// are allowed, those after `scope` are denied as `scope_violation`, those after `absent` as `capability_absent`.
    private static let table = #"""
        record -
        yes    records.search * | records.read a | records.read x/y durable | records.create inbox/a | records.create ?
        absent records.update a | records.delete a | agent.create a | agent.update a | agent.delete a | agent.grant a
        absent agent.prompt a | rooms.read lobby | rooms.post lobby | fs.read /etc/passwd | fs.write /a | fs.delete /a
        absent net.get example.org | net.post example.org | net.put h | net.delete h | proc.exec / ls | proc.eval /

        record ["mcp.call:git", "mcp.call"]
        yes    mcp.call git status | mcp.call git log | mcp.call git a@b
        scope  mcp.call time now | mcp.call gitlab status | mcp.call Git status
        absent proc.exec / git | net.get git

        record ["mcp.call"]
        absent mcp.call git status

        record [{"mcp.call": {"servers": ["git", "t*"], "tools": ["git_*", "now"]}}]
        yes    mcp.call git git_status | mcp.call time now | mcp.call t git_x
        scope  mcp.call git status | mcp.call time nows | mcp.call other now | mcp.call git now@00

        record [{"mcp.call": {"servers": "git", "tools": "status@0123456789abcdef0123456789abcdef"}}]
        yes    mcp.call git status 0123456789abcdef0123456789abcdef
        yes    mcp.call git status 0123456789abcdef0123456789abcdef00
        scope  mcp.call git status 0123456789abcdef0123456789abcdee | mcp.call git status
        scope  mcp.call time status 0123456789abcdef0123456789abcdef
        scope  mcp.call git status@0123456789abcdef0123456789abcdef
        scope  mcp.call git statusx 0123456789abcdef0123456789abcdef

        record [{"mcp.call": {"servers": "git", "tools": ["*add", "git_*", "*2"]}}]
        yes    mcp.call git add | mcp.call git git_x 2add | mcp.call git read2
        scope  mcp.call git wipe 00000000000000000000000000000add | mcp.call git wipe 2
        scope  mcp.call git git_a@00

        record []
        absent records.search * | records.read a | records.create a | records.create ? | records.update a | rooms.read r
        absent fs.read /a | net.get a | proc.exec - true | proc.eval /a | agent.prompt a | rooms.post r | agent.grant a

        record ["records.read"]
        yes    records.read a | records.read a/b/c | records.read a inbox | records.read a agent | records.read ü
        absent records.search * | records.create a | records.update a | records.delete a | agent.update a

        record ["records.read:guides/*", "records.read:same"]
        yes    records.read guides/ | records.read guides/a | records.read guides/a/b | records.read same
        scope  records.read guide | records.read guides | records.read aguides/a | records.read samesame
        scope  records.read ?
        scope  records.read Guides/a | records.read SAME | records.read ../guides/a | records.read /guides/a

        record ["records.create:inbox/*"]
        yes    records.create inbox/a | records.create inbox/a/b
        scope  records.create ? | records.create inbox | records.create other | records.create inboxes/a

        record ["records.create:*"]
        yes    records.create ? | records.create a | records.create a/b

        record [{"records.read": {"classes": ["durable", "inbox"]}}]
        yes    records.read a durable | records.read a inbox | records.read a
        scope  records.read a agent | records.read a deliberation | records.read a transcript | records.read a skill

        record [{"records.update": {"paths": ["notes/*", "todo"], "classes": "durable"}}, "records.delete:trash/*"]
        yes    records.update notes/a durable | records.update todo durable | records.delete trash/a
        scope  records.update notes/a inbox | records.update other durable | records.delete notes/a
        scope  records.delete trash
        absent records.read notes/a | records.create notes/a

        record ["records.read:a*b*c", "records.search:é"]
        yes    records.read abc | records.read a-b-c | records.read aXbYbZc | records.read a*b*c | records.search *
        scope  records.read acb | records.read ab | records.read bc | records.read abcd | records.read xabc

        record ["agent.prompt:scout", {"agent.update": {"ids": ["team/*", "helper"]}}, {"agent.create": {"id": "x"}}]
        yes    agent.prompt scout | agent.update team/a | agent.update team/a/b | agent.update helper | agent.create x
        scope  agent.prompt scouts | agent.prompt team/scout | agent.update team | agent.update scout | agent.create xx
        absent agent.delete x | agent.grant x | agent.grant scout

        record ["agent.grant", {"agent.delete": {"paths": "old/*"}}]
        yes    agent.grant a | agent.grant a/b | agent.delete old/a
        scope  agent.delete new/a | agent.delete old
        absent agent.create a | agent.prompt a

        record ["rooms.read", "rooms.post:dev-*"]
        yes    rooms.read lobby | rooms.read dev-a | rooms.post dev-a | rooms.post dev-
        scope  rooms.post lobby | rooms.post dev | rooms.post xdev-a

        record ["fs.read", "fs.write", "fs.delete", "net.get", "net.post", "proc.exec", "proc.eval"]
        absent fs.read / | fs.read /etc/passwd | fs.write /tmp/x | fs.delete /tmp/x | net.get example.org | net.post a
        absent proc.exec - true | proc.exec /tmp true | proc.eval /tmp | proc.eval / | fs.read-dir / | fs.read-dir /tmp

        record ["fs.read:/var/log"]
        yes    fs.read /var/log/syslog | fs.read /var/log/a/b | fs.read-dir /var/log | fs.read-dir /var/log/a
        yes    fs.read /var/log/../log/a | fs.read //var//log/a | fs.read /var/log/./a | fs.read /var/log/a b
        scope  fs.read /var/logs | fs.read /var/lo | fs.read /var | fs.read / | fs.read /var/log2/a | fs.read-dir /var
        scope  fs.read /var/log/../passwd | fs.read /var/log/../../etc/passwd | fs.read /VAR/log/a | fs.read-dir /
        absent fs.write /var/log/a | fs.delete /var/log/a | proc.eval /var/log

        record [{"fs.read": {"in": "/srv/app", "paths": ["*.log", "conf/*"]}}]
        yes    fs.read /srv/app/a.log | fs.read /srv/app/x/b.log | fs.read /srv/app/conf/a | fs.read /srv/app/.log
        yes    fs.read-dir /srv/app | fs.read-dir /srv/app/x
        scope  fs.read /srv/app/a.txt | fs.read /srv/app/conf | fs.read /srv/app/a.log.gz | fs.read /srv/a.log
        scope  fs.read /srv/app/x/conf/a | fs.read /srv/app | fs.read /srv/app/conf/../a.txt | fs.read-dir /srv

        record ["fs.read:/"]
        yes    fs.read /etc/passwd | fs.read / | fs.read-dir / | fs.read /a/../b
        absent fs.write /a

        record [{"fs.write": {"in": "/srv", "paths": "*"}}, {"fs.delete": {"in": "/srv/tmp"}}]
        yes    fs.write /srv/a | fs.write /srv/a/b | fs.write /srv | fs.delete /srv/tmp/a
        scope  fs.write /srv2/a | fs.delete /srv/a | fs.delete /srv | fs.write /

        record ["net.get:example.org", "net.get:*.example.com", "net.post:api.example.org"]
        yes    net.get example.org | net.get EXAMPLE.org | net.get a.example.com | net.get a.b.example.com
        yes    net.post api.example.org | net.get A.Example.Com
        scope  net.get www.example.org | net.get example.com | net.get xexample.com | net.get example.org.evil.net
        scope  net.get evilexample.org | net.get .example.com | net.get a.example.com.evil.net | net.post example.org
        scope  net.get 93.184.216.34 | net.get [::1] | net.get 0x7f000001 | net.get example.org:80
        scope  net.get ехample.org
        scope  net.get localhost | net.get 127.0.0.1 | net.get example | net.get example.org. | net.post a.example.com
        absent net.put example.org | net.delete example.org

        record ["net.get:*"]
        yes    net.get example.org | net.get localhost
        absent net.post example.org

        record ["proc.exec:ls", "proc.exec:/usr/bin/df"]
        yes    proc.exec - ls | proc.exec - ls -l /etc | proc.exec - /usr/bin/df | proc.exec - /usr/bin/df -h
        scope  proc.exec - df | proc.exec - /bin/ls | proc.exec - lsof | proc.exec - LS | proc.exec - sh -c ls
        scope  proc.exec /tmp ls | proc.exec / ls | proc.exec - ../usr/bin/df | proc.exec - ./ls | proc.exec - env ls
        absent proc.eval /tmp

        record [{"proc.exec": {"in": "/srv/app", "cmds": ["git","make"], "patterns": ["systemctl status *","echo hi"]}}]
        yes    proc.exec /srv/app git status | proc.exec /srv/app/sub make | proc.exec - git log
        yes    proc.exec /srv/app systemctl status | proc.exec /srv/app systemctl status a b | proc.exec - echo hi
        scope  proc.exec /srv git status | proc.exec / make | proc.exec /srv/app systemctl restart a
        scope  proc.exec /srv/app systemctl | proc.exec /srv/app echo hi there | proc.exec /srv/app echo
        scope  proc.exec /srv/app systemctl --user status | proc.exec /srv/app/../x make | proc.exec - gitk

        record [{"proc.exec": {"patterns": ["journalctl -u * --no-pager", "cat /var/log/*.log"]}}]
        yes    proc.exec - journalctl -u ssh --no-pager | proc.exec - cat /var/log/a.log
        scope  proc.exec - journalctl -u ssh | proc.exec - journalctl -u ssh --no-pager -f | proc.exec - cat /etc/passwd
        scope  proc.exec - cat /var/log/a.log /etc/passwd | proc.exec - cat | proc.exec - journalctl --vacuum-size=1

        record [{"proc.exec": {"in": "/srv"}}, {"proc.eval": {"in": "/srv/app"}}]
        yes    proc.eval /srv/app | proc.eval /srv/app/sub
        scope  proc.eval /srv | proc.eval / | proc.eval /srv/app/.. | proc.eval /srv/application
        absent proc.exec /srv true | proc.exec - true

        record ["proc.eval:/"]
        yes    proc.eval / | proc.eval /etc
        absent proc.exec - sh | proc.exec / sh

        record ["nonsense", "records.fly", {"fs.read": {"inn": "/etc"}}, {"records.read": {"hosts": "a"}}, "net.get:"]
        absent records.read a | fs.read /etc/passwd | records.search * | records.create a | net.get a | proc.eval /

        record [{"fs.read": {"in": "/a"}, "fs.write": {"in": "/b"}}, {"fs.read": {"in": "/c"}}]
        yes    fs.read /a/x | fs.write /b/x | fs.read /c/x
        scope  fs.read /b/x | fs.write /a/x | fs.write /c/x

        sandbox /srv/app
        record ["fs.read", "fs.write:data", {"proc.exec": {"cmds": "make"}}, "proc.eval", "fs.delete:/etc"]
        yes    fs.read /srv/app/a | fs.write /srv/app/data/a | proc.exec /srv/app make | proc.eval /srv/app/x
        scope  fs.read /srv/a | fs.write /srv/app/a | fs.write /srv/app/data2 | proc.exec /srv make | proc.eval /srv
        absent fs.delete /etc/passwd | fs.delete /srv/app/a

        sandbox /srv/app
        bound /srv
        record ["fs.read", "fs.write:/srv/app/x", "fs.delete:/srv/other"]
        yes    fs.read /srv/app/a | fs.write /srv/app/x/a
        scope  fs.read /srv/b | fs.write /srv/app/a
        absent fs.delete /srv/other/a

        sandbox /home/a
        bound /srv
        record ["fs.read", "fs.write:/srv/x"]
        absent fs.read /home/a/x | fs.read /srv/a | fs.write /srv/x/a

        bound /srv
        record ["fs.read:/srv/a", "fs.write:/etc", "fs.delete:b", "proc.exec:true", "proc.eval:/", "net.get:h"]
        yes    fs.read /srv/a/x | fs.delete /srv/b/x | proc.exec - true | net.get h
        scope  fs.read /srv/x | fs.delete /srv/x
        absent fs.write /etc/passwd | fs.write /srv/x | proc.eval / | proc.eval /srv

        bound /srv
        record ["fs.read"]
        absent fs.read /srv/a | fs.read /etc/a
        """#

    /// A line of the table.
    private struct Row {
        let authority: Authority, request: AccessRequest, verdict: DenialCode?, text: String
    }

    private static let rows: [Row] = {
        var rows: [Row] = [], authority = Authority(capabilities: nil), sandbox: FilePath?, bound: FilePath?
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { continue }
            let rest = words[1].drop { $0 == " " }
            switch words[0] {
            case "sandbox": sandbox = FilePath(String(rest))
            case "bound": bound = FilePath(String(rest))
            case "record":
                let grants = rest == "-" ? nil : grants(of: String(rest))
                authority = Authority(capabilities: grants, sandbox: sandbox, within: bound)
                (sandbox, bound) = (nil, nil)
            case let word:
                let verdict: DenialCode? = word == "yes" ? nil : word == "scope" ? .scopeViolation : .capabilityAbsent
                for text in rest.split(separator: " | ") {
                    rows.append(Row(authority: authority, request: request(text), verdict: verdict, text: String(text)))
                }
            }
        }
        return rows
    }()

    private static func grants(of text: String) -> [Grant] {
        var grants: [Grant] = []
        guard case .array(let items)? = try? JSON.decode(JSONValue.self, from: Array(text.utf8)) else {
            Issue.record("no list: \(text)")
            return []
        }
        for item in items { _ = Grant.read(item, into: &grants) }
        return grants
    }

    private static func request(_ text: some StringProtocol) -> AccessRequest {
        var words = String(text).split { $0 == " " }.map(String.init)
        let name = words.removeFirst(), isDirectory = name == "fs.read-dir"
        let permission = isDirectory ? .readFiles : Permission(rawValue: name) ?? .grantAgents
        let first = words.first ?? ""
        let object: AccessRequest.Object
        switch permission {
        case .searchRecords: object = .filteredRecords
        case .readRecords, .createRecords, .updateRecords, .deleteRecords:
            object =
                first == "?"
                ? .unnamedRecord : .record(RecordID(first), words.count > 1 ? RecordClass(rawValue: words[1]) : nil)
        case .createAgents, .updateAgents, .deleteAgents, .grantAgents, .promptAgents: object = .agent(AgentID(first))
        case .readFiles, .writeFiles, .deleteFiles:
            let path = FilePath(words.joined(separator: " ")) ?? .root
            object = isDirectory ? .directory(path) : .file(path)
        case .getFromHosts, .postToHosts, .putToHosts, .deleteAtHosts: object = .host(first)
        case .execute: object = .command(Array(words.dropFirst()), in: FilePath(first))
        case .evaluate: object = .code(in: FilePath(first) ?? .root)
        case .readRooms, .postToRooms: object = .room(RoomName(rawValue: first) ?? "none")
        case .callServers:
            let digest = words.count > 2 ? words[2] : "00"
            object = .serverTool(ServerToolName(server: first, name: words[1], digest: digest, requires: nil))
        }
        return AccessRequest(permission, on: object)
    }

    @Test func `every decision of the table is as it says`() {
        #expect(Self.rows.count >= 300)
        let tool = Tool.foreign("tool", needs: [Tool.Need(.readRecords, on: .filteredRecords)])
        for row in Self.rows {
            var verdict: DenialCode?
            do throws(Denial) {
                try Authorization.authorize("agent:scout", tool, requests: [row.request], authority: row.authority)
            } catch {
                verdict = error.code
            }
            #expect(verdict == row.verdict, "\(row.authority.grants.map(\.description)): \(row.text)")
        }
    }
}
