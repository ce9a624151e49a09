import Glibc

/// The users of this machine. A room of its own, because static executables must not link it: the name service loads
/// libraries of the glibc that is installed.
public enum Users {
    /// The name of a user, the number when the user has none.
    ///
    /// See: getpwuid(3)
    public static func name(of uid: uid_t) -> String {
        getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? String(uid)
    }

    /// What a process needs to be another user's.
    public struct Account {
        /// The user, and the primary group.
        public let uid: uid_t, gid: gid_t
        /// Every group of the user's, the primary one included.
        public let groups: [gid_t]
        /// The home directory and the shell.
        public let home: String, shell: String
    }

    /// The account of a user, nil when there is no such user.
    ///
    /// See: getpwnam(3), getgrouplist(3)
    public static func account(of name: String) -> Account? {
        guard let entry = getpwnam(name)?.pointee else { return nil }
        let home = String(cString: entry.pw_dir), shell = String(cString: entry.pw_shell)
        var count: CInt = 64, groups = [gid_t](repeating: 0, count: Int(count))
        while getgrouplist(name, entry.pw_gid, &groups, &count) < 0 {
            groups = [gid_t](repeating: 0, count: max(Int(count), groups.count * 2))
            count = CInt(groups.count)
        }
        return Account(
            uid: entry.pw_uid, gid: entry.pw_gid, groups: Array(groups.prefix(Int(count))), home: home, shell: shell)
    }
}
