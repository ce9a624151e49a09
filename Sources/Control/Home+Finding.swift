import Glibc
import LinuxSystem
import Runtime
import Services

extension Home {
    /// The home of the node that a command uses: the one that is named by an option or the environment, otherwise the
    /// person's own, or the system's if only that one is running or installed.
    ///
    /// - Parameters:
    ///   - option: The value of `--home`, which may be relative to the working directory; nil if it was not given.
    public static func find(option: String?) -> Home {
        let own = Home(option: option.map(Files.absolute), environment: CurrentProcess.environment)
        let isNamed =
            option != nil
            || ["EGGHEAD_HOME", "EGGHEAD_SOCKET", "STATE_DIRECTORY"].contains {
                CurrentProcess.environment($0)?.isEmpty == false
            }
        if isNamed || NodeSocket.isServed(own.controlSocket) { return own }
        let system = Home(option: nil) { systemDirectories[$0] ?? CurrentProcess.environment($0) }
        // A service that does not run is still the node that a person without one of their own means.
        let isSystems = isServiceInstalled && !exists(own.stateDirectory)
        return isSystems || exists(system.controlSocket) ? system : own
    }

    /// Checks that a node listens on one of its sockets.
    ///
    /// - Throws: `ServiceFailure` that names the socket that nobody listens on, with advice.
    public func requireNode() throws(ServiceFailure) {
        if NodeSocket.isServed(busSocket) { return }
        do throws(NodeSocket.Problem) {
            _ = try NodeSocket.connect(controlSocket)
        } catch {
            throw ControlRequest.unreachable(controlSocket, error)
        }
    }

    /// The directories that systemd passes to `egghead.service`.
    private static let systemDirectories = [
        "CONFIGURATION_DIRECTORY": "/etc/egghead", "STATE_DIRECTORY": "/var/lib/egghead",
        "RUNTIME_DIRECTORY": "/run/egghead",
    ]

    private static func exists(_ path: String) -> Bool { (try? Files.status(path)) != nil }
}
