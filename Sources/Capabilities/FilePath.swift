/// A path of the file system without `.`, `..` and doubled slashes, told apart by its bytes.
///
/// It is a name only: what it leads to over symbolic links the kernel says.
public struct FilePath: Hashable, Sendable, CustomStringConvertible {
    /// `/srv/app`, or `/`.
    public let description: String

    /// The root of all.
    public static let root = FilePath(parts: [])

    /// Reads an absolute path, or one that begins at a directory.
    ///
    /// - Parameter base: Where a relative path begins; without one it is none.
    /// - Returns: Nil for a relative path without a base, an empty text, and one with a NUL.
    public init?(_ text: String, in base: FilePath? = nil) {
        if text.isEmpty || text.utf8.contains(0) { return nil }
        let isAbsolute = text.utf8.first == UInt8(ascii: "/")
        guard isAbsolute || base != nil else { return nil }
        var parts = isAbsolute ? [] : base?.parts ?? []
        for part in text.utf8.split(separator: UInt8(ascii: "/")) {
            switch Substring(part) {
            case ".": continue
            case "..": if !parts.isEmpty { parts.removeLast() }
            case let name: parts.append(name)
            }
        }
        self.init(parts: parts)
    }

    private init(parts: [Substring]) { description = "/" + parts.joined(separator: "/") }

    /// Whether another path is this one or below it.
    public func contains(_ other: FilePath) -> Bool { relative(other) != nil }

    /// Another path as seen from here, empty for this one itself; nil when it is not below this one.
    public func relative(_ other: FilePath) -> String? {
        let own = parts, others = other.parts
        guard others.count >= own.count, zip(own, others).allSatisfy({ $0.utf8.elementsEqual($1.utf8) }) else {
            return nil
        }
        return others.dropFirst(own.count).joined(separator: "/")
    }

    private var parts: [Substring] { description.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }
}
