import Glibc
import LinuxSystem
import Services

/// Reads keys and other secrets from the places that the configuration names; not those that programs print.
public struct SecretReader {
    private let variables: EnvironmentBlock?
    private let credentialsDirectory: String?

    /// The longest secret that is read, in bytes.
    private static let bytesMax = 16_384

    /// A reader.
    ///
    /// - Parameters:
    ///   - variables: The environment with which eggheadd was started; nil when it has handed none over.
    ///   - credentialsDirectory: Where systemd has put the credentials of the service.
    public init(variables: EnvironmentBlock?, credentialsDirectory: String?) {
        self.variables = variables
        self.credentialsDirectory = credentialsDirectory
    }

    /// Why there is no secret; empty when a variable is not set, which needs no further word.
    public struct Problem: Error, Hashable, CustomStringConvertible {
        /// In words.
        public let description: String

        /// A problem in words.
        public init(_ description: String) { self.description = description }
    }

    /// The secret at a place.
    ///
    /// - Precondition: It is not one that a program prints.
    /// - Throws: Why there is none.
    public func secret(at source: KeySource) throws(Problem) -> String {
        switch source {
        case .environment(let name):
            let text = try attempt { () throws(SystemCallError) in try variables?.value(of: name) ?? "" }
            return KeySource.key(text)
        case .file(let path): return try secret(inFile: path, isCredential: isCredential(path))
        case .credential(let name):
            guard let credentialsDirectory else {
                throw Problem("systemd has passed no credential; add LoadCredential=\(name):PATH to the unit")
            }
            return try secret(inFile: "\(credentialsDirectory)/\(name)", isCredential: true)
        case .command: preconditionFailure("a program is not read")
        }
    }

    private func isCredential(_ path: String) -> Bool {
        credentialsDirectory.map { path.hasPrefix($0 + "/") } ?? false
    }

    /// What is in a file, which nobody but its owner may be able to read.
    private func secret(inFile path: String, isCredential: Bool) throws(Problem) -> String {
        // systemd lets the service's user read its credentials by a list, which looks like a group's permission.
        if !isCredential, let exposure = KeyFile(path: path).exposure(reader: geteuid()) { throw Problem(exposure) }
        let bytes = try attempt { () throws(SystemCallError) in try Files.read(path, limit: Self.bytesMax) }
        return KeySource.key(String(decoding: bytes, as: UTF8.self))
    }

    private func attempt<Result>(_ body: () throws(SystemCallError) -> Result) throws(Problem) -> Result {
        do throws(SystemCallError) { return try body() } catch { throw Problem("\(error)") }
    }
}
