import LinuxSystem

/// Where a node keeps its things.
///
/// With `EGGHEAD_HOME` or `--home` everything is under one directory. Without it a system service uses systemd's
/// directories, and a user gets the XDG ones and `~/.egghead` for records.
///
/// See: systemd.exec(5) RuntimeDirectory=, XDG Base Directory Specification
public struct Home: Hashable, Sendable {
    /// `config.yml`.
    public let configFile: String
    /// Whether somebody named that file, so that its absence is a mistake.
    public let isConfigFileNamed: Bool
    /// The record files.
    public let recordsDirectory: String
    /// What must survive a restart of the machine: the index, the rooms' journal, the local model.
    public let stateDirectory: String
    /// What need not: sockets and the lock.
    public let runDirectory: String
    /// The bus's socket; clients may be told another by `EGGHEAD_SOCKET`.
    public let busSocket: String

    /// eggheadd's control socket.
    public var controlSocket: String { runDirectory + "/control.sock" }
    /// Held by the eggheadd that lives here.
    public var lockFile: String { runDirectory + "/eggheadd.lock" }

    /// Finds the directories; makes none.
    ///
    /// - Parameters:
    ///   - option: The value of `--home`, if it was given; it wins over the environment. Absolute.
    ///   - environment: Looks up a variable.
    public init(option: String?, environment: (String) -> String?) {
        func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let configuration: String
        if let home = (option ?? variable("EGGHEAD_HOME")).map(Self.withoutTrailingSlash) {
            (configuration, recordsDirectory) = (home, home + "/records")
            (stateDirectory, runDirectory) = (home + "/state", home + "/run")
        } else if let state = variable("STATE_DIRECTORY"), let run = variable("RUNTIME_DIRECTORY") {
            configuration = variable("CONFIGURATION_DIRECTORY") ?? "/etc/egghead"
            (recordsDirectory, stateDirectory, runDirectory) = (state + "/records", state, run)
        } else {
            let user = variable("HOME") ?? "/"
            configuration = (variable("XDG_CONFIG_HOME") ?? user + "/.config") + "/egghead"
            recordsDirectory = user + "/.egghead"
            stateDirectory = (variable("XDG_STATE_HOME") ?? user + "/.local/state") + "/egghead"
            runDirectory = variable("XDG_RUNTIME_DIR").map { $0 + "/egghead" } ?? stateDirectory + "/run"
        }
        isConfigFileNamed = variable("EGGHEAD_CONFIG") != nil
        configFile = variable("EGGHEAD_CONFIG") ?? configuration + "/config.yml"
        busSocket = variable("EGGHEAD_SOCKET") ?? runDirectory + "/broker.sock"
    }

    /// Whether `config.yml` is a symbolic link that leads to no file. Who made it does not mean the defaults, which are
    /// in force without the file.
    public var isConfigLinkBroken: Bool {
        (try? Files.status(configFile)) == nil && (try? Files.linkStatus(configFile)) != nil
    }

    /// How a node is started that is not there: by systemd where its service is installed.
    public static let startAdvice =
        isServiceInstalled ? "see `systemctl status egghead`" : "start it with `egghead serve`"

    /// Whether the unit of the service is on this machine.
    public static let isServiceInstalled = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"].contains {
        (try? Files.status($0 + "/systemd/system/egghead.service")) != nil
    }

    private static func withoutTrailingSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
