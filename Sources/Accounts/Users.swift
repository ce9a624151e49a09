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

    /// The uid and primary gid of a user, nil when there is no such user.
    ///
    /// See: getpwnam(3)
    public static func identity(of name: String) -> (uid: uid_t, gid: gid_t)? {
        getpwnam(name).map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
    }
}
