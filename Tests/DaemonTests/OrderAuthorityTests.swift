import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct OrderAuthorityTests {
    private static let authority = OrderAuthority(uid: 1_000, userName: "ann")

    private static let looks: [OperatorRequest] = [.list, .logs("a"), .whichChildren("a"), .countChildren("a")]
    private static let orders: [OperatorRequest] = [
        .signal("a", .hangup), .order(.restart("a")), .order(.stop("a")), .order(.start("a")),
        .call(.terminateChild("a")), .call(.restartChild("a")), .call(.deleteChild("a")),
        .call(.addChild(supervisor: "a", ChildSpec(id: "b", .worker(WorkerSpec(command: ["x"]))))),
    ]

    private func refusal(_ request: OperatorRequest, _ asker: OrderAuthority.Asker) -> ServiceFailure? {
        Self.authority.refusal(of: request, from: asker) { _ in nil }
    }

    @Test(
        arguments: [
            (.user(0), true), (.user(1_000), true), (.user(1_001), false), (.user(65_534), false),
            (.name("user:root"), true), (.name("user:ann"), true), (.name("user:bob"), false),
            (.name("user:an"), false), (.name("user:annette"), false), (.name("client:root"), false),
            (.name("client:ann"), false), (.name("agent:ann"), false), (.name("agent:root"), false),
            (.name("coordinator"), false), (.name("store"), false),
        ] as [(OrderAuthority.Asker, Bool)])
    func `everybody may look, and only root and eggheadd's own user may change what runs`(
        asker: OrderAuthority.Asker, mayChange: Bool
    ) {
        for request in Self.looks { #expect(refusal(request, asker) == nil) }
        for request in Self.orders { #expect((refusal(request, asker) == nil) == mayChange, "\(request)") }
    }

    @Test func `a refusal says who may`() {
        #expect(
            refusal(.order(.stop("a")), .user(7))
                == ServiceFailure(.denied, "only root and eggheadd's own user may stop; use sudo"))
        #expect(
            refusal(.call(.deleteChild("a")), .name("user:bob"))
                == ServiceFailure(
                    .denied, "user:bob may look, but only root and eggheadd's own user may delete_child"))
    }

    @Test func `the coordinator may have an agent replaced, asking on the bus alone`() {
        let status = NodeStatus(
            id: "agent:a", kind: .worker, parent: "agents", incarnation: 1, pid: 1, state: .ready, restarts: 0,
            since: .zero, status: nil, lastExit: nil, digest: nil)
        func refusal(_ request: OperatorRequest, _ asker: OrderAuthority.Asker) -> ServiceFailure? {
            Self.authority.refusal(of: request, from: asker) { $0 == "agent:a" ? status : nil }
        }
        #expect(refusal(.order(.restart("agent:a")), .name("coordinator")) == nil)
        #expect(refusal(.order(.restart("agent:a")), .name("store"))?.code == .denied)
        #expect(refusal(.order(.restart("agent:a")), .user(1_001))?.code == .denied)
        #expect(refusal(.order(.restart("llm")), .name("coordinator"))?.code == .denied)
        #expect(refusal(.order(.stop("agent:a")), .name("coordinator"))?.code == .denied)
    }

    @Test func `a message on a parent channel is one child's, and no other's`() {
        let messages: [(ChildMessage, ChildID)] = [
            (.declare(part: 0, of: 1, agents: []), "store"), (.peerQuestion(id: 1, pid: 1, uid: 1), "broker"),
            (.request(id: 1, from: "user:ann", operation: "list", payload: .object([:])), "broker"),
        ]
        for (message, child) in messages { #expect(message.rightfulSender.id == child) }
    }
}
