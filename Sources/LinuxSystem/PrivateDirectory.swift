import Glibc

/// A directory that nobody else can have prepared for this process: what lies in it is its own.
public enum PrivateDirectory {
    /// Makes a new one with a name of its own.
    ///
    /// - Returns: Its path.
    /// - Throws: `mkdtemp`.
    ///
    /// See: mkdtemp(3)
    public static func makeTemporary(in directory: String, named prefix: String) throws(SystemCallError) -> String {
        var template = Array("\(directory)/\(prefix).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp", subject: directory, errno: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
