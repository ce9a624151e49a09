import Services
import Testing

@testable import egghead_toolbox

/// What doctor says of sandboxes, and of machines that refuse them.
@Suite struct SandboxProbeTests {
    @Test func `what is not told as refused counts as possible`() throws {
        let all = (0..<13).map { "refused \($0)" }
        #expect(SandboxProbe(all.joined(separator: "\n")).possible == [])
        #expect(SandboxProbe(all.joined(separator: "\n")).finding == nil)
        let left = all.filter { $0 != "refused 3" && $0 != "refused 4" } + ["possible 3"]
        let some = SandboxProbe(left.joined(separator: "\n"))
        #expect(some.possible == ["seeing other processes", "a network"])
        #expect(some.finding?.problem == "not refused in sandboxes of tools: seeing other processes, a network")
        #expect(
            some.line(hasCgroups: false)
                == "sandboxes of tools: 11 of 13 attempts refused, limits of resources in place of cgroups")
        #expect(SandboxProbe("").possible.count == 13)
        let untried = SandboxProbe("missing unshare\n")
        #expect(untried.finding == nil)
        #expect(untried.line(hasCgroups: true).hasSuffix("since this machine has no program unshare"))
    }

    @Test(
        arguments: [
            (["user/max_user_namespaces": "0"], "sysctl user.max_user_namespaces=15000"),
            (["kernel/unprivileged_userns_clone": "0"], "sysctl kernel.unprivileged_userns_clone=1"),
            (
                ["kernel/apparmor_restrict_unprivileged_userns": "1", "user/max_user_namespaces": "63000"],
                "share/egghead/apparmor/bwrap"
            ),
            (["kernel/unprivileged_userns_clone": "1", "user/max_user_namespaces": "63000"], "the container"),
            ([:], "the container"),
        ])
    func `the setting that refuses namespaces is named`(settings: [String: String], words: String) {
        #expect(NamespaceAdvice.text { settings[$0] }.contains(words))
    }
}
