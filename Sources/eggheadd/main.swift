import Configuration
import Glibc
import LinuxSystem
import Runtime
import Services

// eggheadd: the root supervisor. See docs/eggheadd.md.

CurrentProcess.completeStandardDescriptors()
let environment = Environment.ofThisProcess()  // what nobody else shall see
let options = Options.parse(CommandLine.arguments)  // what we were asked
if options.printTree {
    print(BuiltInTree.yaml)
    ExitStatus.success.exit()
}
let journal = SystemdJournal.socket(environment)  // where events go
let log = Log(
    identifier: "eggheadd", fields: [("EGGHEAD_CHILD", BuiltInTree.Name.eggheadd.rawValue)], journal: journal?.raw,
    isDebugging: environment["EGGHEAD_DEBUG"] != nil)
let systemd = Systemd(environment: environment, journal: journal)
do {
    systemd.status("reading the configuration")
    SignalDescriptor.ignorePipe()
    CurrentProcess.forbidDumping()  // the keys of config.yml are in our memory
    CurrentProcess.becomeSubreaper()  // orphans of our children come to us
    let node = try Node(options: options, environment: environment)  // directories, lock, configuration, tree
    for problem in node.configuration.providerProblems {  // which are out; the others are not
        log.error("provider.unusable", ["problem": "\(problem)"])
    }
    for problem in node.configuration.serverProblems { log.error("mcp.unusable", ["problem": "\(problem)"]) }
    let cgroups = try CgroupTree.find(option: options.cgroup)  // where children are to live
    let daemon = try Daemon(  // what needs rights
        node: node, systemd: systemd, environment: environment, cgroups: cgroups, log: log)
    try daemon.run(eventsFile: options.eventsFile).exit()  // boot, serve, stop
} catch let error as ConfigurationError {
    for problem in error.problems { log.error("configuration.invalid", ["problem": "\(problem)"]) }
    systemd.status("configuration refused: \(error.problems.first.map { "\($0)" } ?? "")")
    ExitStatus.configuration.exit()
} catch {
    log.error("start.failed", ["error": "\(error)"])
    systemd.status("the start failed: \(error)")
    ExitStatus.failure.exit()
}
