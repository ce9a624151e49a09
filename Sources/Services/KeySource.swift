/// Where the key of a provider comes from, when it is not in the configuration itself.
public enum KeySource: Codable, Hashable, Sendable, CustomStringConvertible {
    /// A variable of eggheadd's environment.
    case environment(String)
    /// A file, by its absolute path.
    case file(String)
    /// A credential that systemd has passed to the service.
    ///
    /// See: systemd.exec(5) LoadCredential=, LoadCredentialEncrypted=
    case credential(String)
    /// A program that prints it, such as a password manager: its words.
    case command([String])

    /// `the environment variable OPENAI_API_KEY`
    public var description: String {
        switch self {
        case .environment(let name): "the environment variable \(name)"
        case .file(let path): "the file \(path)"
        case .credential(let name): "the credential \(name) of the service"
        case .command(let words): "what `\(words.joined(separator: " "))` prints"
        }
    }
}
