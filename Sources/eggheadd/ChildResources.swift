import LinuxSystem
import Runtime

/// The resources of a child that are kept from one incarnation to the next, so that a restart makes few new ones.
final class ChildResources {
    /// The child's notification socket.
    let notify: NotifySocket
    /// The pipe for its standard output and error; nil if the journal takes them.
    let output: Output?
    /// The child's cgroup, if cgroups can be used.
    var cgroup: ChildCgroup?
    private var watch: Watch?

    init(notify: NotifySocket, output: Output?, cgroup: ChildCgroup?) {
        (self.notify, self.output, self.cgroup) = (notify, output, cgroup)
    }

    /// Begins to listen.
    ///
    /// - Throws: `epoll_ctl`.
    func watch(on loop: EventLoop, onNotification: @escaping () -> Void) throws(SystemCallError) {
        watch = try loop.watch(notify.raw, for: .read) { _ in onNotification() }
        try output?.watch(on: loop)
    }

    /// Ends listening.
    func close() {
        watch?.cancel()
        output?.close()
    }
}
