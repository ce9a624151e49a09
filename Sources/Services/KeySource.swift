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

    /// The key that a place holds: files that keys are copied to end with a line end.
    public static func key(_ text: String) -> String {
        var key = text
        while key.last?.isNewline == true { key.removeLast() }
        return key
    }

    /// Why a text cannot be a key; nil if it can. The text itself is not told.
    ///
    /// See: RFC 6750 §2.1
    public static func objection(toKey key: String) -> String? {
        let isKey = !key.isEmpty && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isKey
            ? nil
            : "the key is empty or contains a blank or a control character; visible characters of ASCII are wanted"
    }

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
