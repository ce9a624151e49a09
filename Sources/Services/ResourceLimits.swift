/// What all processes of a child may use together, as a tree file and an agent's record write it:
/// `{memory: 256M, tasks: 64, cpu: 50%}`. Nil is no limit.
public struct ResourceLimits: Codable, Sendable, Hashable, CustomStringConvertible {
    /// In bytes.
    public var memoryBytes: Int?
    /// Processes and threads.
    public var tasks: Int?
    /// Percent of one processor.
    public var cpuPercent: Int?

    /// The names of what can be limited.
    public static let keys = ["memory", "tasks", "cpu"]
    /// How many tasks a limit may allow: the kernel's own bound of pids.
    public static let tasksRange = 1...4_194_304
    /// The largest share: all of ten thousand processors.
    public static let cpuPercentMax = 1_000_000

    private static let units: KeyValuePairs<Character, Int> = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]

    /// Limits.
    public init(memoryBytes: Int? = nil, tasks: Int? = nil, cpuPercent: Int? = nil) {
        self.memoryBytes = memoryBytes
        self.tasks = tasks
        self.cpuPercent = cpuPercent
    }

    /// The bytes of a size such as `512M` or `2G`; nil for what is none.
    public static func bytes(_ text: String) -> Int? {
        guard let last = text.last else { return nil }
        guard let unit = units.first(where: { $0.key == last })?.value else { return positive(text) }
        guard let count = positive(text.dropLast()) else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : bytes
    }

    /// The number before the sign of `50%`; nil for what is no share.
    public static func percent(_ text: String) -> Int? {
        guard text.hasSuffix("%"), let percent = positive(text.dropLast()), percent <= cpuPercentMax else { return nil }
        return percent
    }

    private static func positive(_ text: some StringProtocol) -> Int? { Int(text).flatMap { $0 > 0 ? $0 : nil } }

    /// `memory 256M, tasks 64, cpu 50%`
    public var description: String {
        let parts = [
            memoryBytes.map { "memory \(Self.size($0))" }, tasks.map { "tasks \($0)" }, cpuPercent.map { "cpu \($0)%" },
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private static func size(_ bytes: Int) -> String {
        let unit = units.reversed().first { bytes.isMultiple(of: $0.value) }
        return unit.map { "\(bytes / $0.value)\($0.key)" } ?? "\(bytes)"
    }
}
