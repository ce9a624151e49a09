import Accounts
import Configuration
import Glibc
import Services
import Supervision

/// Who may order what. Requests from the control socket and from the bus are both decided here.
struct OrderAuthority {
    /// Who asks, as the kernel or the broker says.
    enum Asker: Hashable {
        /// The user of a process on the control socket.
        case user(uid_t)
        /// A name on the bus.
        case name(Principal)
    }

    /// The user that eggheadd runs as.
    let uid: uid_t
    /// The name of that user.
    let userName: String

    /// The authority of this process's user.
    static func ofThisProcess() -> OrderAuthority {
        OrderAuthority(uid: geteuid(), userName: Users.name(of: geteuid()))
    }

    /// Why a request is refused, if it is. Everybody may look; root and eggheadd's own user may change what runs; the
    /// coordinator may have an agent replaced whose turn got stuck.
    ///
    /// - Parameter status: How a child stands now.
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
    /// The one child whose message this is. From any other it is refused.
    var rightfulSender: BuiltInTree.Name {
        switch self {
        case .declare: .store
        case .peerQuestion, .request: .broker
        }
    }
}
