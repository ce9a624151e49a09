import Testing

@testable import eggheadd

@Suite struct PeerIdentityTests {
    @Test(arguments: [
        ("/a/child-x", true), ("/a/child-x/below", true), ("/a/child-xy", false), ("/a", false), ("/", false),
        ("", false), ("/b/a/child-x", false),
    ])
    func `a cgroup holds itself and what is below it`(path: String, isHeld: Bool) {
        #expect(CgroupPath(text: "/a/child-x").holds(path) == isHeld)
    }

    @Test(arguments: [
        ("/system.slice/egghead.service", 1, true), ("/system.slice/egghead.service", 99, false),
        ("/user.slice/session-1.scope", 1, false), (nil, 1, false),
    ])
    func `a cgroup is ours alone when it is a service's that init has started`(
        cgroup: String?, parent: Int32, isOurs: Bool
    ) {
        #expect(PeerIdentity.cgroupOfOurs(cgroup, parent: parent) == (isOurs ? CgroupPath(text: cgroup ?? "") : nil))
    }

    /// Process 10 is ours; 1 is init.
    @Test(
        arguments: [
            (10, [:], true), (11, [11: 10], true), (13, [13: 12, 12: 11, 11: 10], true), (20, [20: 1], false),
            (21, [21: 20, 20: 1], false), (1, [:], false), (0, [:], false), (5, [10: 5, 5: 1], false),
            // A process that ends while its ancestors are looked at: nobody knows whose it was.
            (30, [:], true), (31, [31: 30], true),
        ] as [(Int32, [Int32: Int32], Bool)])
    func `a process is ours when it descends from us, or when nobody can tell`(
        pid: Int32, parents: [Int32: Int32], isOurs: Bool
    ) {
        #expect(PeerIdentity.isDescendant(pid, of: 10) { parents[$0] } == isOurs)
    }

    @Test func `a line of ancestors longer than anybody looks counts as ours`() {
        let longest = Int32(PeerIdentity.generationsMax)
        #expect(PeerIdentity.isDescendant(longest + 1, of: 100_000) { $0 - 1 })
        #expect(!PeerIdentity.isDescendant(longest, of: 100_000) { $0 - 1 })
    }
}
