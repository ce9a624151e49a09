import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct DeclarationTests {
    private static func agents(_ ids: AgentID...) -> [AgentDeclaration] { ids.map { .init(id: $0, digest: "1") } }

    @Test func `a declaration is whole when its last part has come, and in order`() {
        var parts = DeclarationParts()
        #expect(parts.add(0, of: 1, Self.agents("a")) == Self.agents("a"))
        #expect(parts.add(0, of: 1, []) == [], "nobody is an answer as well")
        #expect(parts.add(0, of: 3, Self.agents("a", "b")) == nil)
        #expect(parts.add(1, of: 3, Self.agents("c")) == nil)
        #expect(parts.add(2, of: 3, Self.agents("d")) == Self.agents("a", "b", "c", "d"))
    }

    @Test func `a part that is not the next one is dropped`() {
        var parts = DeclarationParts()
        #expect(parts.add(1, of: 2, Self.agents("x")) == nil)
        #expect(parts.add(0, of: 3, Self.agents("a")) == nil)
        #expect(parts.add(2, of: 3, Self.agents("x")) == nil)
        #expect(parts.add(1, of: 3, Self.agents("b")) == nil)
        #expect(parts.add(1, of: 3, Self.agents("x")) == nil)
        #expect(parts.add(2, of: 3, Self.agents("c")) == Self.agents("a", "b", "c"))
        #expect(parts.add(2, of: 3, Self.agents("x")) == nil, "it is told already")
    }

    @Test func `a store that died in the middle leaves nothing behind`() {
        var parts = DeclarationParts()
        #expect(parts.add(0, of: 2, Self.agents("old")) == nil)
        #expect(parts.add(0, of: 2, Self.agents("a")) == nil)
        #expect(parts.add(1, of: 2, Self.agents("b")) == Self.agents("a", "b"))
    }

    @Test func `what an agent may use goes into the tree as it was declared`() {
        let limits = ResourceLimits(memoryBytes: 1_024, tasks: 2, cpuPercent: 3)
        #expect(
            Declaration(AgentDeclaration(id: "a", digest: nil, limits: limits))
                == Declaration(
                    id: "a", digest: nil, limits: .init(memoryBytes: 1_024, tasks: 2, cpuPercent: 3)))
        #expect(Declaration(AgentDeclaration(id: "a", digest: "1")) == Declaration(id: "a", digest: "1"))
    }

    @Test func `repeats are told the 1st, 2nd, 4th and 8th time`() {
        var count = RepeatCount()
        #expect((1...20).compactMap { _ in count.add() } == [1, 2, 4, 8, 16])
    }
}
