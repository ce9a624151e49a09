import LinuxSystem
import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct OptionsTests {
    private static func options(_ change: (inout Options) -> Void) -> Options {
        var options = Options()
        change(&options)
        return options
    }

    @Test(arguments: [
        ([], Options()),
        (
            ["--home", "/h", "--tree", "t.yml", "--events", "e", "--cgroup", "/c", "--print-tree"],
            options {
                $0.home = "/h"
                $0.treeFile = "t.yml"
                $0.eventsFile = "e"
                $0.cgroup = "/c"
                $0.printTree = true
            }
        ),
        (["--home", "--tree"], nil), (["--tree", "--home"], options { $0.treeFile = "--home" }),
        (["--version", "--fly"], options { $0.showsVersion = true }),
        (["--help"], options { $0.showsHelp = true }), (["-h", "--fly"], options { $0.showsHelp = true }),
    ])
    func `every option is read, and help comes before what is wrong behind it`(arguments: [String], expected: Options?)
        throws
    {
        let options = try Options.read(["eggheadd"] + arguments)
        if let expected { #expect(options == expected) } else { #expect(options.home?.hasSuffix("/--tree") == true) }
    }

    @Test(arguments: [
        (["--fly"], "eggheadd knows no argument --fly"), (["home"], "eggheadd knows no argument home"),
        (["--home"], "--home needs a value"), (["--tree", ""], "--tree needs a value"),
        (["--events"], "--events needs a value"), (["--cgroup", ""], "--cgroup needs a value"),
    ])
    func `a wrong argument is told`(arguments: [String], message: String) {
        #expect(throws: UsageError(message: message)) { try Options.read(["eggheadd"] + arguments) }
    }

    @Test func `a directory is made absolute, and a file is left as it is`() throws {
        let options = try Options.read(["x", "--home", "h", "--cgroup", "c", "--tree", "t", "--events", "e"])
        #expect(options.home?.hasPrefix("/") == true && options.home?.hasSuffix("/h") == true)
        #expect(options.cgroup?.hasPrefix("/") == true && options.cgroup?.hasSuffix("/c") == true)
        #expect(options.treeFile == "t" && options.eventsFile == "e")
    }

    @Test func `a limit is a value for a file of the kernel's, and no limit lifts the one before`() {
        let limits = CgroupLimit.all(of: .init(memoryBytes: 4_096, tasks: 7, cpuPercent: 50))
        #expect(
            limits.map { "\($0.name) \($0.controller) \($0.file) \($0.content)" } == [
                "memory memory memory.max 4096", "tasks pids pids.max 7", "cpu cpu cpu.max 50000 100000",
            ])
        let none = CgroupLimit.all(of: WorkerSpec.Limits())
        #expect(none.map(\.file) == limits.map(\.file))
        #expect(none.allSatisfy { $0.value == nil && $0.content == "max" })
    }

    @Test(arguments: [
        (Int.max, "1000000000 100000"), (ResourceLimits.cpuPercentMax + 1, "1000000000 100000"), (0, "1000 100000"),
        (Int.min, "1000 100000"),
    ])
    func `a share that no machine has is the nearest one that one could have`(percent: Int, content: String) {
        let limits = CgroupLimit.all(of: .init(memoryBytes: .max, tasks: .min, cpuPercent: percent))
        #expect(limits.map(\.content) == ["9223372036854775807", "-9223372036854775808", content])
    }

    @Test func `events are handled in the order in which they came, a stop before all others`() {
        var queue = EventQueue()
        #expect(queue.isEmpty && queue.popFirst() == nil)
        for event in [Event.boot, .wakeUp, .stop, .ready("a", 1)] { queue.add(event) }
        var order: [Event] = []
        while let event = queue.popFirst() { order.append(event) }
        #expect(order == [.stop, .boot, .wakeUp, .ready("a", 1)])
        #expect(queue.isEmpty)
    }
}
