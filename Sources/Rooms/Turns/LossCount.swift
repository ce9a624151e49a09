/// How often processes lost a turn that they had, as far as that counts against the turn.
///
/// | the attempt ended because | counts as |
/// |---|---|
/// | the process died in the turn | a death and a loss |
/// | it died while it handed off, the gateway died, or the coordinator came back and the process was gone | a loss |
/// | it handed off, or was stopped: by a person, for a changed record, or with the node | nothing |
///
/// A turn that is interrupted without end would be bought again without end, whoever is at fault.
public struct LossCount: Hashable, Sendable {
    /// How many processes died in the turn.
    public private(set) var deaths = 0
    /// How many losses there were, deaths included.
    public private(set) var count = 0

    /// No loss.
    public init() {}

    /// Losses that a snapshot tells.
    ///
    /// - Parameters:
    ///   - deaths: As many as a turn can have are read.
    ///   - count: Deaths included.
    init(deaths: Int, count: Int) {
        self.deaths = max(0, min(deaths, RoomsLimits.deathsPerTurnMax))
        self.count = max(0, min(count, RoomsLimits.lossesPerTurnMax))
    }

    /// Whether no process gets the turn any more.
    public var isExhausted: Bool {
        deaths >= RoomsLimits.deathsPerTurnMax || count >= RoomsLimits.lossesPerTurnMax
    }

    /// Counts a loss. Of those that a journal may have beyond the limits nothing more is counted.
    mutating func add(_ reason: LostLease.Reason) {
        switch reason {
        case .handedOff, .stopped: return
        case .died: deaths = min(deaths + 1, RoomsLimits.deathsPerTurnMax)
        case .diedHandingOff, .gatewayDied, .unseen: break
        }
        count = min(count + 1, RoomsLimits.lossesPerTurnMax)
    }
}
