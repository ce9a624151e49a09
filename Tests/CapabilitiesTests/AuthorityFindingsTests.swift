import Capabilities
import Services
import Testing

@Suite struct AuthorityFindingsTests {
    @Test(arguments: [
        (["records.read", "fs.read:/var/log", "proc.exec:df"], []),
        (["fs.read"], ["fs.read allows nothing: names no directory"]),
        (["fs.read:/etc"], ["fs.read:/etc allows nothing: the node's own /etc/egghead/config.yml"]),
        (["fs.write:/srv"], ["fs.write:/srv allows nothing: the node's own /srv/notes and it are in one another"]),
        (["proc.exec:bash", "proc.exec:/usr/bin/python3"], ["bash runs whatever", "/usr/bin/python3 runs whatever"]),
        (["proc.exec"], ["names no program"]), (["net.get"], ["names no host"]),
    ])
    func `what allows nothing, or more than it seems to, is found`(grants: [String], words: [String]) {
        let findings = AuthorityFindings("scout", Authority(of: grants))
            .all(reserved: ["/etc/egghead/config.yml", "/srv/notes"].compactMap { FilePath($0) })
        #expect(findings.count == words.count, "\(findings)")
        for (finding, word) in zip(findings, words) { #expect(finding.problem.contains(word), "\(finding)") }
    }

    @Test func `a pattern that lets any program run, or an interpreter any program, is found`() {
        let patterns = [
            "*", "python3 *.py", "git status *", "systemctl status nginx", "python3 manage.py --only=*", "/opt/tools/*",
        ]
        let authority = Authority(
            capabilities: [Grant(.execute, [.patterns: patterns])], sandbox: FilePath("/srv/app"))
        let problems = AuthorityFindings("scout", authority).all(reserved: []).map(\.problem)
        #expect(problems.count == 2 && problems[0].contains(": * runs") && problems[1].contains(": python3 *.py runs"))
    }

    @Test(arguments: [
        (["records.read"], false), (["fs.read:/a"], true), (["fs.read"], false), (["proc.exec:ls"], true),
    ])
    func `an agent needs a sandbox for what is outside the node alone`(grants: [String], needs: Bool) {
        #expect(AuthorityFindings("scout", Authority(of: grants)).needsSandbox == needs)
    }
}
