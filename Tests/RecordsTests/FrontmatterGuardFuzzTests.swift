import SeededRandom
import Testing
import Yams

@testable import Records

struct FrontmatterGuardFuzzTests {
    private static let pieces = [
        "a", "b", ":", ": ", " ", "\n", "\n  ", "\n    ", "- ", "&x ", "*x", "!t ", "'", "\"", "[", "]", "{", "}", ",",
        "|", ">", "#", " #", "\\",
        "? ", "%", "|2", ">-", "\t", "''", "\n- ", "\nb: ",
    ]

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what the guard lets through holds no anchor, alias or tag for the parser`(seed: UInt64) {
        var random = SplitMix64(state: seed)
        for step in 0..<400 {
            let yaml = (0..<(2 + random.next() % 14)).map { _ in
                Self.pieces[Int(random.next() % UInt64(Self.pieces.count))]
            }.joined()
            guard (try? FrontmatterGuard.check(yaml)) != nil else { continue }
            do {
                if let node = try Yams.compose(yaml: yaml, .basic, .default, .utf8), Self.isSuspect(node) {
                    Issue.record("SEED=\(seed) step \(step): \(yaml.debugDescription)")
                }
            } catch {
                let text = "\(error)"
                if text.contains("undefined alias") || text.contains("tag") || text.contains("an anchor")
                    || text.contains("an alias")
                {
                    Issue.record("SEED=\(seed) step \(step): \(yaml.debugDescription): \(text)")
                }
            }
        }
    }

    private static func isSuspect(_ node: Node) -> Bool {
        if node.anchor != nil { return true }
        switch node {
        case .alias: return true
        case .scalar: return false
        case .sequence(let items): return items.contains(where: isSuspect)
        case .mapping(let pairs): return pairs.contains { isSuspect($0.key) || isSuspect($0.value) }
        }
    }
}
