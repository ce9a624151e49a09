import Services
import Terminal
import Testing

/// A tree as eggheadd lists it, level by level.
let sampleTree: [ChildStatus] = [
    child("eggheadd", .supervisor, nil, 100),
    child("broker", .worker, "eggheadd", 101, memory: 3_250_585, processor: 61_250),
    child("layer", .supervisor, "eggheadd"),
    child("llm", .worker, "layer", 102),
    child("coordinator", .worker, "layer", 103, status: "2 rooms"),
    child("agents", .supervisor, "layer"),
    child("agent:index", .worker, "agents", 104),
    child(
        "agent:scout", .worker, "agents", state: .backoff, restarts: 3,
        lastExit: ExitReport(kind: .signaled, signal: "SIGSEGV", core: true)),
]

private func child(
    _ name: String, _ kind: ChildStatus.Kind, _ parent: String?, _ pid: Int32? = nil, state: ChildStatus.State = .ready,
    restarts: Int = 0, status: String? = nil, lastExit: ExitReport? = nil, memory: Int? = nil, processor: Int? = nil
) -> ChildStatus {
    var child = ChildStatus(
        name: name, kind: kind, parent: parent, pid: pid, state: state, restarts: restarts,
        since: "2026-11-22T12:00:00.000Z", status: status, lastExit: lastExit)
    (child.memory, child.processor) = (memory, processor)
    return child
}

struct ProcessTreeTests {
    @Test func `parents stand before their children, and siblings in start order`() {
        let rows = ProcessTree(sampleTree.reversed().sorted { ($0.parent ?? "") < ($1.parent ?? "") }).rows
        #expect(rows.first?.child.name == "eggheadd")
        let ordered = ProcessTree(sampleTree).rows
        #expect(
            ordered.map { String(repeating: " ", count: $0.depth) + $0.child.name } == [
                "eggheadd", " broker", " layer", "  llm", "  coordinator", "  agents", "   agent:index",
                "   agent:scout",
            ])
    }

    @Test func `a list that contradicts itself still shows each child once`() {
        var children = sampleTree
        children.append(child("lost", .worker, "nobody"))
        children.append(child("self", .worker, "self"))
        #expect(ProcessTree(children).rows.count == 10)
    }

    @Test func `the table of ps is aligned`() throws {
        let table = ProcessTree(sampleTree).table(now: "2026-11-22T12:04:05.000Z", .byBlock)
        try expectGolden("ps", table)
    }
}
