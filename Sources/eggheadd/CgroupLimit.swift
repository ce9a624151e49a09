import Services
import Supervision

/// One limit as the kernel takes it: a value for a file of a cgroup.
///
/// See: the kernel's Documentation/admin-guide/cgroup-v2.rst
struct CgroupLimit: Hashable {
    /// What is limited, as people know it.
    let name: String
    /// The controller that enforces it.
    let controller: String
    /// The file.
    let file: String
    /// The value; nil where nothing is to be limited.
    let value: String?

    /// What the file is to hold.
    var content: String { value ?? "max" }

    /// Every limit that there is, with the values of these.
    static func all(of limits: WorkerSpec.Limits) -> [CgroupLimit] {
        [
            CgroupLimit(
                name: "memory", controller: "memory", file: "memory.max", value: limits.memoryBytes.map(String.init)),
            CgroupLimit(name: "tasks", controller: "pids", file: "pids.max", value: limits.tasks.map(String.init)),
            // Of a period of 100,000 µs.
            CgroupLimit(
                name: "cpu", controller: "cpu", file: "cpu.max",
                value: limits.cpuPercent.map { "\(max(1, min($0, ResourceLimits.cpuPercentMax)) * 1_000) 100000" }),
        ]
    }
}
