import LinuxSystem
import Services

/// A file that may hold API keys, which nobody but its owner may read.
public struct KeyFile: Hashable, Sendable {
    /// The path.
    public let path: String

    /// A file, which need not be there.
    public init(path: String) { self.path = path }

    /// The file with the variables of the service, beside its configuration. systemd reads it as root.
    ///
    /// See: systemd.exec(5) EnvironmentFile=
    public static func environment(of home: Home) -> KeyFile {
        KeyFile(path: Files.split(home.configFile).directory + "/environment")
    }

    /// Why no key may be in the file as it is, and what to type.
    ///
    /// - Parameter reader: The user who must be able to read it besides root; nil when root alone does.
    /// - Returns: nil when nobody else can read it, or when its mode cannot be read.
    public func exposure(reader: UInt32?) -> String? {
        guard let status = try? Files.status(path) else { return nil }
        let group = status.permissions & 0o040 != 0, others = status.permissions & 0o004 != 0
        guard group || others else { return nil }
        let chown = reader.flatMap { [0, status.owner].contains($0) ? nil : "chown \($0) \(path) && " } ?? ""
        return "\(others ? "every user" : "the group") can read this secret; type: \(chown)chmod 600 \(path)"
    }
}
