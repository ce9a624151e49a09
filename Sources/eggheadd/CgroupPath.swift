/// A cgroup in the form of /proc/PID/cgroup, such as `/system.slice/egghead.service`.
struct CgroupPath: Hashable {
    /// The name.
    let text: String

    /// Where systemd runs the further commands of a delegated unit, such as `ExecReload=`.
    ///
    /// See: systemd.resource-control(5) Delegate=
    var control: CgroupPath { CgroupPath(text: text + "/.control") }

    /// Whether a cgroup is this one, or below it.
    func holds(_ other: String) -> Bool { other == text || other.hasPrefix(text + "/") }
}
