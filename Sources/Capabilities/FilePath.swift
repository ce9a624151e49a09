/// A path of the file system without `.`, `..` and doubled slashes, told apart by its bytes.
///
/// It is a name only: what it leads to over symbolic links the kernel says.
public struct FilePath: Hashable, Sendable, CustomStringConvertible {
    /// `/srv/app`, or `/`.
    public let description: String

    /// The root of all.
    public static let root = FilePath(path: "/")

    /// Reads an absolute path, or one that begins at a directory.
    ///
    /// - Parameter base: Where a relative path begins; without one it is none.
    /// - Returns: Nil for a relative path without a base, an empty text, and one with a NUL.
    public init?(_ text: String, in base: FilePath? = nil) {
        if text.isEmpty || text.utf8.contains(0) { return nil }
        if Self.isPath(text) {
            self.init(path: text)
            return
        }
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
        self.init(path: "/" + parts.joined(separator: "/"))
    }

    private init(path: String) { description = path }

    /// Whether a text is an absolute path as it stands. The directories of grants are, and each decision reads them
    /// all, so they are not taken apart and put together again. The root takes the long way.
    private static func isPath(_ text: String) -> Bool {
        var count = 0, dots = 0
        guard text.utf8.first == UInt8(ascii: "/") else { return false }
        for byte in text.utf8.dropFirst() {
            if byte != UInt8(ascii: "/") {
                count += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            } else if count == dots, count <= 2 {
                return false
            } else {
                (count, dots) = (0, 0)
            }
        }
        return count != dots || count > 2
    }

    /// Whether another path is this one or below it.
    public func contains(_ other: FilePath) -> Bool { below(other) != nil }

    /// Another path as seen from here, empty for this one itself; nil when it is not below this one.
    public func relative(_ other: FilePath) -> String? { below(other).map(String.init) }

    private func below(_ other: FilePath) -> Substring? {
        let own = description.utf8.dropLast(self == .root ? 1 : 0), others = other.description.utf8
        guard others.starts(with: own) else { return nil }
        let rest = others.dropFirst(own.count)
        if rest.isEmpty { return "" }
        return rest.first == UInt8(ascii: "/") ? Substring(rest.dropFirst()) : nil
    }

    private var parts: [Substring] { description.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }
}
