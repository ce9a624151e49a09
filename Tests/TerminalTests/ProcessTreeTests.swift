import SampleNode
import Services
import Terminal
import Testing

struct ProcessTreeTests {
    @Test func `parents are listed before their children, and siblings in start order`() {
        let rows = ProcessTree(sampleTree.reversed().sorted { ($0.parent ?? "") < ($1.parent ?? "") }).rows
        #expect(rows.first?.child.name == "eggheadd")
        let ordered = ProcessTree(sampleTree).rows
        #expect(
            ordered.map { String(repeating: " ", count: $0.depth) + $0.child.name } == [
                "eggheadd", " broker", " layer", "  llm", "  coordinator", "  agents", "   agent:index",
                "   agent:scout",
            ])
    }

    @Test func `a contradictory list shows each child once`() {
        var children = sampleTree
        children.append(sampleChild("lost", .worker, "nobody"))
        children.append(sampleChild("self", .worker, "self"))
        #expect(ProcessTree(children).rows.count == 10)
    }
}
