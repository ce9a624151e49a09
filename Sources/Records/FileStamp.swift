import Time

/// The stamp of a file: as long as it stays the same, the file is not read again.
public struct FileStamp: Hashable, Sendable {
    /// A digest of the file's length, times of change and inode. An editor that writes by rename makes another inode,
    /// and a program that sets the time of modification changes the other time, which no program can set.
    ///
    /// See: stat(2) st_ctim
    public var look: Digest
    /// The time of the last change of its content, in nanoseconds since 1970.
    public var modifiedNanoseconds: Int128
    /// Whether every later change shows in `look`. The second of two changes within the clock's grain does not, so a
    /// file that was changed just before it was examined may have the same stamp and another content.
    public var isSettled: Bool

    /// The grain of the kernel's clock for files, which is a tick of at most 10 ms, and as much again.
    private static let grainNanoseconds: Int64 = 20_000_000

    /// The time of the last change of its content, RFC 3339.
    public var updated: String { Timestamp.rfc3339(nanosecondsSince1970: modifiedNanoseconds) }

    /// The stamp of a file with these values of stat(2). All times are in nanoseconds since 1970.
    ///
    /// - Parameters:
    ///   - bytes: The file's length.
    ///   - modifiedNanoseconds: The time of the last change of its content.
    ///   - changedNanoseconds: The time of the last change of its content, name or permissions.
    ///   - inode: The number of its inode.
    ///   - nowNanoseconds: The time at which it was examined.
    public init(
        bytes: Int, modifiedNanoseconds: Int128, changedNanoseconds: Int64, inode: UInt64, nowNanoseconds: Int64
    ) {
        let all = [
            UInt64(bytes), UInt64(truncatingIfNeeded: modifiedNanoseconds), UInt64(bitPattern: changedNanoseconds),
            inode,
        ]
        look = all.withUnsafeBytes { Digest(of: $0) }
        self.modifiedNanoseconds = modifiedNanoseconds
        isSettled = changedNanoseconds + Self.grainNanoseconds < nowNanoseconds
    }
}
