import Services
import Testing

@testable import Supervision
@testable import eggheadd

@Suite struct OperatorRequestTests {
    private static func status(
        parent: ChildID? = "agents", state: NodeStatus.State = .ready, isHeld: Bool = false
    ) -> NodeStatus {
        NodeStatus(
            id: "agent:scout", kind: .worker, parent: parent, incarnation: 1, pid: 1, state: state, restarts: 0,
            isHeld: isHeld, since: .zero, status: nil, lastExit: nil, digest: nil)
    }

    @Test(arguments: [1, 20, 120]) func `a child's specification that nests deep is refused, not lived through`(
        depth: Int
    ) throws {
        let nested = (0..<depth).reduce(JSONValue.integer(.max)) { value, _ in .array([value]) }
        let spec = JSONValue.object(["id": .string("x"), "command": nested, "watchdog": nested])
        let payload = JSONValue.object(["supervisor": .string("mcp"), "spec": spec])
        #expect(throws: ServiceFailure.self) {
            try OperatorRequest(operation: "start_child", payload: payload, run: "/run")
        }
    }

    @Test(
        arguments: [
            ("coordinator", "restart", Self.status(), true),
            ("coordinator", "restart", Self.status(state: .stopping), true),
            // Whoever is down, or coming up, has no turn that got stuck; and who was stopped stays so.
            ("coordinator", "restart", Self.status(state: .stopping, isHeld: true), false),
            ("coordinator", "restart", Self.status(state: .stopped, isHeld: true), false),
            ("coordinator", "restart", Self.status(state: .quarantined, isHeld: true), false),
            ("coordinator", "restart", Self.status(state: .starting), false),
            ("coordinator", "restart", Self.status(state: .backoff), false),
            ("coordinator", "restart", nil, false),
            // Nobody else's children, nothing else, and nobody else.
            ("coordinator", "restart", Self.status(parent: "layer"), false),
            ("coordinator", "restart", Self.status(parent: nil), false),
            ("coordinator", "stop", Self.status(), false),
            ("coordinator", "start", Self.status(), false),
            ("store", "restart", Self.status(), false),
            ("agent:scout", "restart", Self.status(), false),
            ("user:coordinator", "restart", Self.status(), false),
        ] as [(Principal, String, NodeStatus?, Bool)])
    func `the coordinator may have an agent's process replaced, and nothing else`(
        asker: Principal, operation: String, status: NodeStatus?, isAllowed: Bool
    ) throws {
        let request = try OperatorRequest(
            operation: operation, payload: .object(["name": .string("agent:scout")]), run: "/run")
        #expect(request.replacesAgent(for: asker) { $0 == "agent:scout" ? status : nil } == isAllowed)
    }
}
