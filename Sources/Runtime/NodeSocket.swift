import Glibc
import LinuxSystem
import Services

/// Connects to the sockets of a node, for people's programs: only where whoever listens is the node, not another user
/// who was there first.
public enum NodeSocket {
    /// Why there is no connection.
    public enum Problem: Error, Hashable, CustomStringConvertible {
        /// Nobody answers, or this user may not connect.
        case system(SystemCallError)
        /// Somebody may listen there who is not the node. Nothing was said.
        case untrusted(String)

        /// What went wrong, without the path of the socket.
        public var description: String {
            switch self {
            case .system(let error): "\(error)"
            case .untrusted(let reason): "\(reason); nothing was sent"
            }
        }
    }

    /// Connects, and keeps the connection when the directory and the process at the other end are root's, this user's,
    /// or the user's whom a trusted directory belongs to, such as the service's.
    ///
    /// - Parameter path: The socket, absolute.
    /// - Throws: `Problem`.
    ///
    /// See: unix(7) SO_PEERCRED
    public static func connect(_ path: String) throws(Problem) -> FileDescriptor {
        let user = geteuid(), socket = try opened(path)
        do throws(DirectoryTrust.Objection) {
            let owner = try DirectoryTrust.owner(of: Files.split(path).directory, for: user)
            let listener = try? UnixSocket.peer(of: socket).uid
            guard let listener, [0, user, owner].contains(listener) else {
                let name = listener.map { "user \($0)" } ?? "somebody unknown"
                throw DirectoryTrust.Objection(
                    "\(name) listens there, who is neither root nor user \(user) nor the owner of the directory")
            }
        } catch {
            throw .untrusted(error.description)
        }
        return socket
    }

    /// Whether somebody to be trusted listens at a socket. One that a dead process has left is none.
    public static func isServed(_ path: String) -> Bool { (try? connect(path)) != nil }

    private static func opened(_ path: String) throws(Problem) -> FileDescriptor {
        do throws(SystemCallError) {
            return try UnixSocket.connect(path, .stream)
        } catch {
            throw .system(error)
        }
    }
}
