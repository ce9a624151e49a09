import LinuxSystem
import Runtime

/// What belongs to a child and outlives each of its lives: a restart makes nothing anew that it does not have to.
final class ChildResources {
    /// Where it says how it is.
    let notify: NotifySocket
    /// Where its standard output and error go; nil where the journal takes them.
    let output: Output?
    /// Where it is born, where cgroups can be used.
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

    /// Listens no more.
    func close() {
        watch?.cancel()
        output?.close()
    }
}
