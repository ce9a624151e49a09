import CLinux
import Glibc

/// The environment of a process, as it was at the start, in a file without a name: who needs a variable reads it there,
/// and the memory of who only passes it on never holds its value.
///
/// See: environ(7), memfd_create(2)
public struct EnvironmentBlock {
    private let file: SharedDescriptor

    /// The number of the file, to be handed to a child.
    public var raw: CInt { file.raw }
    /// The file, to be handed to a child.
    public var descriptor: SharedDescriptor { file }

    /// The longest environment that is read, in bytes; the kernel takes a fourth of the stack's limit.
    private static let bytesMax = 8 << 20

    /// Takes a file that somebody else has written.
    public init(owning descriptor: consuming FileDescriptor) { file = SharedDescriptor(descriptor) }

    /// Copies this process's environment into a file, and overwrites the block that /proc shows. Call it once, before
    /// anything else reads a variable.
    ///
    /// - Parameter isKept: Whether a variable is one of this process's own, of whose value it has a copy.
    /// - Returns: The file, the variables that are kept, and the names of those that are not empty.
    /// - Throws: `memfd_create`, `write`.
    public static func take(
        keeping isKept: (_ name: String) -> Bool
    ) throws(SystemCallError) -> (block: EnvironmentBlock, kept: [(name: String, value: String)], set: Set<String>) {
        let file = try Files.memory(named: "environment", with: [])
        var kept: [(name: String, value: String)] = [], set: Set<String> = [], entry = clinux_environment()
        while let text = entry?.pointee {
            entry = entry?.advanced(by: 1)
            let length = strlen(text)
            guard let sign = strchr(text, CInt(UInt8(ascii: "="))) else { continue }
            let bytes = UnsafeRawBufferPointer(start: text, count: length + 1)
            let nameLength = text.distance(to: sign)
            let name = String(decoding: bytes.prefix(nameLength), as: UTF8.self)
            if length > nameLength + 1 { set.insert(name) } else { set.remove(name) }
            if isKept(name) { kept.append((name, String(cString: sign.advanced(by: 1)))) }
            try file.writeAll(bytes)
        }
        clinux_scrub_environment()
        return (EnvironmentBlock(owning: file), kept, set)
    }

    /// The value of a variable; of two of one name the last one's.
    ///
    /// - Throws: `pread`.
    public func value(of name: String) throws(SystemCallError) -> String? {
        let text = try file.read(at: 0, bytesMax: Self.bytesMax), prefix = Array("\(name)=".utf8)
        let entry = text.split(separator: 0).last { $0.starts(with: prefix) }
        return entry.map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
    }
}
