import Accounts
import Configuration
import Glibc
import Services
import Supervision

/// Decides who may give which order. It decides requests from the control socket and from the bus.
struct OrderAuthority {
    /// The sender of a request, as named by the kernel or the broker.
    enum Asker: Hashable {
        /// The user of a process that is connected to the control socket.
        case user(uid_t)
        /// A name on the bus.
        case name(Principal)
    }

    /// The user of eggheadd.
    let uid: uid_t
    /// The name of that user.
    let userName: String

    /// The authority of this process's user.
    static func ofThisProcess() -> OrderAuthority {
        OrderAuthority(uid: geteuid(), userName: Users.name(of: geteuid()))
    }

    /// Why a request is refused, if it is. Every sender may read; root and eggheadd's own user may change the tree; the
    /// coordinator may restart an agent whose turn got stuck.
    ///
    /// - Parameter status: The present status of a child.
    func refusal(
        of request: OperatorRequest, from asker: Asker, status: (ChildID) -> NodeStatus?
    ) -> ServiceFailure? {
        guard request.changesSomething, !mayChange(asker) else { return nil }
        switch asker {
        case .user:
            return ServiceFailure(
                .denied, "only root and eggheadd's own user may \(request.operation); use sudo")
        case .name(let name):
            if request.replacesAgent(for: name, status: status) { return nil }
            return ServiceFailure(
                .denied, "\(name) may look, but only root and eggheadd's own user may \(request.operation)")
        }
    }

    private func mayChange(_ asker: Asker) -> Bool {
        switch asker {
        case .user(let asking): asking == 0 || asking == uid
        case .name(let name): name == .user("root") || name == .user(userName)
        }
    }
}

extension ChildMessage {
    /// The only child that may send this message. It is refused from any other.
    var rightfulSender: BuiltInTree.Name {
        switch self {
        case .declare: .store
        case .peerQuestion, .request: .broker
        }
    }
}
