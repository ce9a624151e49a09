import Capabilities
import Services

/// What rooms were told of calls that were denied: of each turn a tool and a code once, and a few of them, so that a
/// model that tries again and again fills no room. What was wanted, with its arguments, is in the log.
struct ToldDenials {
    private struct Told: Hashable {
        var tool: String, code: DenialCode, isOfPart: Bool
    }

    /// The turns of which something was told, the oldest first.
    private var turns: [(turn: TurnKey, told: Set<Told>)] = []

    /// Of how many turns it is known what was told, and how much of one is told.
    private static let turnsMax = 256, perTurnMax = 8
    /// How much of a tool's name is told, in bytes: a model can make up any.
    private static let toolBytesMax = 64

    /// What the room of a call is told, behind the agent's name; nil when it knows.
    mutating func text(of denial: Denial, _ claim: ToolClaim) -> String? {
        let told = Told(tool: claim.call.name, code: denial.code, isOfPart: denial.isOfPart)
        if let index = turns.firstIndex(where: { $0.turn == claim.turnKey }) {
            guard turns[index].told.count < Self.perTurnMax, turns[index].told.insert(told).inserted else { return nil }
        } else {
            if turns.count == Self.turnsMax { turns.removeFirst() }
            turns.append((claim.turnKey, [told]))
        }
        let tool = RequestText.seen(claim.call.name.prefix(bytesMax: Self.toolBytesMax))
        let what = denial.isOfPart ? "a part of what \(tool) did" : tool
        return "was denied \(what): \(denial.code.words) (\(denial.code.rawValue))"
    }
}

extension DenialCode {
    /// Why, as a room reads it.
    fileprivate var words: String {
        switch self {
        case .capabilityAbsent: "its record has no such capability"
        case .scopeViolation: "its capabilities do not go that far"
        case .selfModification: "no agent changes what it may do itself"
        case .exceedsGrantorAuthority: "nobody passes on more than they have"
        case .unknownTool: "there is no such tool"
        }
    }
}
