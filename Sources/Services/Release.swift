/// What this build is.
public enum Release {
    /// The version of Egghead, by the rules of Semantic Versioning.
    public static let version = "0.1.0"

    /// What `--version` prints: `egghead-broker 0.1.0`.
    public static func line(of executable: String) -> String { "\(executable) \(version)" }
}
