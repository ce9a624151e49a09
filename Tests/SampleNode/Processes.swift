import Services

/// A tree as eggheadd lists it, level by level.
public let sampleTree: [ChildStatus] = [
    sampleChild("eggheadd", .supervisor, nil, 100),
    sampleChild("broker", .worker, "eggheadd", 101, memory: 3_250_585, processor: 61_250),
    sampleChild("layer", .supervisor, "eggheadd"),
    sampleChild("llm", .worker, "layer", 102),
    sampleChild("coordinator", .worker, "layer", 103, status: "2 rooms"),
    sampleChild("agents", .supervisor, "layer"),
    sampleChild("agent:index", .worker, "agents", 104),
    sampleChild(
        "agent:scout", .worker, "agents", state: .backoff, restarts: 3,
        lastExit: ExitReport(kind: .signaled, signal: "SIGSEGV", core: true)),
]

/// A child as eggheadd lists it, since noon of 22 November 2026.
public func sampleChild(
    _ name: String, _ kind: ChildStatus.Kind, _ parent: String?, _ pid: Int32? = nil, state: ChildStatus.State = .ready,
    restarts: Int = 0, status: String? = nil, lastExit: ExitReport? = nil, memory: Int? = nil, processor: Int? = nil
) -> ChildStatus {
    var child = ChildStatus(
        name: name, kind: kind, parent: parent, pid: pid, state: state, restarts: restarts,
        since: "2026-11-22T12:00:00.000Z", status: status, lastExit: lastExit)
    (child.memory, child.processor) = (memory, processor)
    return child
}
