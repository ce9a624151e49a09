import Time

/// What a file looks like from outside: as long as this stays the same it is not read again.
public struct FileStamp: Hashable, Sendable {
    /// A digest of its length, its times of change and its inode. An editor that writes by rename makes another inode,
    /// and whoever sets back the time of modification changes the other one, which nobody can set.
    ///
    /// See: stat(2) st_ctim
    public var look: Digest
    /// When its content last changed, in nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Whether every later change shows in `look`. Of two changes within the clock's grain the second does not, so a
    /// file that was changed just before it was looked at may look the same and be another.
    public var isSettled: Bool

    /// The grain of the kernel's clock for files, which is a tick: 10 ms at most; and as much again.
    private static let grainNanoseconds: Int64 = 20_000_000

    /// When its content last changed, RFC 3339.
    public var updated: String { Timestamp.rfc3339(nanosecondsSince1970: modifiedNanoseconds) }

    /// A stamp.
    ///
    /// - Parameters:
    ///   - bytes: The file's length.
    ///   - modifiedNanoseconds: When its content last changed.
    ///   - changedNanoseconds: When its content, name or permissions last changed.
    ///   - inode: Which file it is.
    ///   - nowNanoseconds: When it was looked at.
    public init(
        bytes: Int, modifiedNanoseconds: Int64, changedNanoseconds: Int64, inode: UInt64, nowNanoseconds: Int64
    ) {
        let all = [
            UInt64(bytes), UInt64(bitPattern: modifiedNanoseconds), UInt64(bitPattern: changedNanoseconds), inode,
        ]
        look = all.withUnsafeBytes { Digest(of: $0) }
        self.modifiedNanoseconds = modifiedNanoseconds
        isSettled = changedNanoseconds + Self.grainNanoseconds < nowNanoseconds
    }
}
