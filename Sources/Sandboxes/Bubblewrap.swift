import Capabilities
import LinuxSystem
import Sandbox

/// bubblewrap on this machine: where it is, and what the walls are built of that are the same for every call.
///
/// See: bwrap(1)
public final class Bubblewrap {
    /// The program.
    public let path: String
    /// The program that runs inside, `egghead-helper`.
    public let helper: String
    /// The program that is its way to hosts, `egghead-proxy`.
    private let proxy: String
    private let systemLinks: [String: String]
    private let filter: [UInt8]

    /// Where it is looked for.
    private static let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]

    /// Finds bubblewrap.
    ///
    /// - Parameter programs: The directory of Egghead's own programs.
    /// - Throws: `SandboxProblem` when one of them is not there, or when libseccomp makes no filter.
    public init(programs: String) throws(SandboxProblem) {
        (helper, proxy) = ("\(programs)/\(SandboxPlan.helperName)", "\(programs)/\(SandboxPlan.proxyName)")
        guard let path = Self.places.first(where: Files.isExecutable) else {
            throw SandboxProblem("bubblewrap is not installed", fix: "install the package bubblewrap")
        }
        for program in [helper, proxy] where !Files.isExecutable(program) {
            throw SandboxProblem("\(program) is missing", fix: "install Egghead again")
        }
        self.path = path
        do throws(SystemCallError) {
            filter = try SystemCallFilter.program()
        } catch {
            throw SandboxProblem("\(error)", fix: "see `egghead logs toolbox`")
        }
        var links: [String: String] = [:]
        for name in SandboxPlan.systemDirectories where (try? Files.linkStatus("/\(name)"))?.kind == .symbolicLink {
            links[name] = try? CurrentProcess.resolve("/\(name)")
        }
        systemLinks = links
    }

    /// Starts what a plan says.
    ///
    /// - Parameters:
    ///   - request: What the helper reads.
    ///   - reply: Where it answers.
    ///   - output: What becomes standard output and standard error.
    ///   - proxy: Where the helper finds the proxy.
    ///   - streams: What becomes standard input and standard output, where the request says so.
    ///   - cgroup: The directory of the cgroup that it is born in.
    /// - Throws: `memfd_create`, `clone3` and what comes after it.
    public func start(
        _ plan: SandboxPlan, request: [UInt8], reply: CInt, output: CInt, proxy: CInt?,
        streams: (input: CInt, output: CInt)? = nil, cgroup: CInt?
    ) throws(SystemCallError) -> ChildHandle {
        // bubblewrap reads the filter to its end, so each call has one of its own. It hands on what else is open.
        let request = try Files.memory(named: "request", with: request)
        let filter = try Files.memory(named: "seccomp", with: filter)
        let words = plan.bubblewrapArguments(systemLinks: systemLinks, seccomp: 5)
        var spawn = SpawnPlan(
            executable: path, arguments: ["bwrap"] + words, environment: plan.environment)
        spawn.directory = "/"
        spawn.standardError = output
        spawn.descriptors = [request.raw, reply, filter.raw] + (proxy.map { [$0] } ?? [])
        // Each has its place, also without a proxy.
        if let streams { spawn.descriptors += (proxy == nil ? [output] : []) + [streams.input, streams.output] }
        spawn.cgroup = cgroup
        // The helper hands over a socket. How many are on their way is counted for a user, against the limit of whoever
        // sends: a program, whose limit is lower, cannot use up the helper's. See: unix(7) ETOOMANYREFS
        spawn.descriptorLimit = DescriptorLimit(atMost: 65_536)
        return try ChildHandle(spawning: spawn)
    }
}

extension Bubblewrap {
    /// Starts the proxy of a sandbox.
    ///
    /// - Parameters:
    ///   - rules: Which hosts may be reached.
    ///   - helper: Where the helper hands over the socket.
    ///   - refusals: Where it says which hosts it has refused.
    /// - Throws: `memfd_create`, `clone3` and what comes after it.
    func startProxy(
        _ rules: HostRules, helper: CInt, refusals: CInt
    ) throws(SystemCallError) -> ChildHandle {
        let request = try Files.memory(named: "rules", with: rules.bytes)
        var spawn = SpawnPlan(executable: proxy, arguments: [SandboxPlan.proxyName], environment: ["LANG=C.UTF-8"])
        spawn.directory = "/"
        spawn.descriptors = [request.raw, helper, refusals]
        return try ChildHandle(spawning: spawn)
    }
}

/// Why there is no sandbox, and what to do about it.
public struct SandboxProblem: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do about it.
    public let problem: String, fix: String

    /// A problem in words.
    public init(_ problem: String, fix: String) { (self.problem, self.fix) = (problem, fix) }

    /// On one line.
    public var description: String { "\(problem); \(fix)" }
}
