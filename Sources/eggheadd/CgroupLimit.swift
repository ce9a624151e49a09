import Services
import Supervision

/// One limit in the kernel's form: a value for a file of a cgroup.
///
/// See: the kernel's Documentation/admin-guide/cgroup-v2.rst
struct CgroupLimit: Hashable {
    /// The name of the limited resource for people.
    let name: String
    /// The controller that enforces it.
    let controller: String
    /// The file.
    let file: String
    /// The value; nil is no limit.
    let value: String?

    /// The content to write to the file.
    var content: String { value ?? "max" }

    /// All limits, with the values of these.
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
