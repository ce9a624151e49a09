/// A cgroup in the form of /proc/PID/cgroup, such as `/system.slice/egghead.service`.
struct CgroupPath: Hashable {
    /// The name.
    let text: String

    /// Whether a cgroup is this one, or below it.
    func holds(_ other: String) -> Bool { other == text || other.hasPrefix(text + "/") }
}
