import LinuxSystem
import Supervision

/// The environments of children: the variables that all inherit, made once, and the additional ones of each child.
struct ChildEnvironment {
    private let inherited: [(name: Substring, entry: String)]
    private let invocationPrefix: String
    /// The directories in which programs are searched.
    let path: [String]

    /// The environments of children of an eggheadd with this environment.
    init(_ environment: Environment) {
        inherited = environment.forChildren.map { ($0.prefix { $0 != "=" }, $0) }
        path = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        invocationPrefix = Self.hexadecimal(UInt64(bitPattern: Clock.nanosecondsSince1970()))
    }

    /// The INVOCATION_ID that distinguishes an incarnation from every other, as systemd's: 32 hexadecimal digits.
    ///
    /// See: systemd.exec(5) $INVOCATION_ID
    func invocation(_ birth: Int) -> String { invocationPrefix + Self.hexadecimal(UInt64(birth)) }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A child's environment. Every name occurs once, because a program would find the first of two: eggheadd's own
    /// values take precedence over those of the tree file, and those over inherited ones.
    ///
    /// - Parameters:
    ///   - own: eggheadd's own values.
    ///   - ofUser: The values of another user's account, in place of ours.
    func complete(_ spec: WorkerSpec, _ own: [String], ofUser: [String]) -> [String] {
        var own = own
        if let watchdog = spec.watchdog { own.append("WATCHDOG_USEC=\(watchdog.wholeNanoseconds / 1_000)") }
        let ownNames = own.map { $0.prefix { $0 != "=" } }
        let chosen = spec.environment.filter { !ownNames.contains($0.name[...]) }
        let all = ofUser.map { (name: $0.prefix { $0 != "=" }, entry: $0) }
        let kept = (inherited.filter { entry in !all.contains { $0.name == entry.name } } + all).filter { variable in
            !ownNames.contains(variable.name) && !chosen.contains { $0.name == variable.name }
        }
        return kept.map(\.entry) + chosen.map { "\($0.name)=\($0.value)" } + own
    }
}
