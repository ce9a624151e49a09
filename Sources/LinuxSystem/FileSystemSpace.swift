/// How large a file system is, and what is left of it.
///
/// See: statvfs(3)
public struct FileSystemSpace: Hashable, Sendable {
    /// All of it, and what is free, in bytes.
    public var bytes: Int, freeBytes: Int
    /// How many files it can have, 0 where nothing bounds them but its bytes, and how many more it can have.
    public var files: Int, freeFiles: Int

    /// A file system.
    public init(bytes: Int, freeBytes: Int, files: Int, freeFiles: Int) {
        (self.bytes, self.freeBytes, self.files, self.freeFiles) = (bytes, freeBytes, files, freeFiles)
    }
}

extension Int {
    /// The product of two numbers that are not negative, at most the largest one.
    func multipliedClamping(by other: Int) -> Int {
        let (product, isTooMuch) = multipliedReportingOverflow(by: other)
        return isTooMuch ? .max : product
    }
}
